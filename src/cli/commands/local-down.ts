import { findProject } from "../../config/index.ts";
import type { localDown } from "../declared/local.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";

/** Stops it; its state stays. */
export const run: Run<typeof localDown> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const local = await import("../../local/index.ts");
  const stopped = await local.down(project.dir, cli.clock);
  cli.term.line(stopped ? "The embedded AWS is down; its state is kept." : "The embedded AWS was not running.");
  cli.term.emit({ running: false, stopped });
  return EXIT.ok;
};
