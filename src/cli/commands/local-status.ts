import { findProject } from "../../config/index.ts";
import type { localStatus } from "../declared/local.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";

/** Whether it runs, and where. */
export const run: Run<typeof localStatus> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const local = await import("../../local/index.ts");
  const found = await local.status(project.dir);
  cli.term.line(
    found.running
      ? `Running at ${found.endpoint} (account ${found.account}, ${found.region}).`
      : "Not running. `metriccare local up` starts it.",
  );
  cli.term.emit(found);
  return EXIT.ok;
};
