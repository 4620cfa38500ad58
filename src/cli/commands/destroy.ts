import type { destroy } from "../declared/build.ts";
import type { Run } from "../declared/kit.ts";
import { reconciled } from "../reconcile.ts";

/** Removes what is ours. */
export const run: Run<typeof destroy> = (cli, options) => reconciled(cli, () => ({ options }), "destroy");
