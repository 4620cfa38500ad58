import type { Cli } from "../cli.ts";
import type { apply } from "../declared/build.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { usage } from "../errors.ts";
import { type Planned, reconciled } from "../reconcile.ts";
import { planEnvironment, readPlan } from "../saved-plan.ts";

/** Options of an `apply <plan file>`: what was agreed to is in the file. */
function withPlan(cli: Cli, options: OptionsOf<typeof apply>, file: string): Planned {
  if (options.only ?? options.adopt)
    throw usage("usage", "--only and --adopt are in the saved plan already", "Leave them out, or make another plan.");
  const saved = readPlan(cli, file);
  const env = planEnvironment(saved, file, options.env);
  return { options: { ...options, env, only: saved.only, adopt: saved.adopt }, saved, file };
}

/** Makes AWS what the config says, or what a saved plan says. */
export const run: Run<typeof apply> = (cli, options, { plan }) =>
  reconciled(cli, () => (plan === undefined ? { options } : withPlan(cli, options, plan)), "apply");
