import { findProject } from "../../config/index.ts";
import { confirm } from "../../ui/prompt.ts";
import type { localReset } from "../declared/local.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";

/** Forgets every environment in it, after a question. */
export const run: Run<typeof localReset> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  if (!options.yes) {
    if (!cli.term.interactive)
      throw usage(
        "needs_yes",
        "this forgets every environment of the embedded AWS, and nobody is here to ask",
        "Add --yes.",
      );
    if (
      !(await confirm(
        cli.term,
        "Forget every environment of the embedded AWS, data included? Type `reset` to go on:",
        "reset",
        cli.interrupt,
      ))
    )
      return EXIT.declined;
  }
  const local = await import("../../local/index.ts");
  await local.reset(project.dir, cli.clock);
  cli.term.line("The embedded AWS has forgotten everything.");
  cli.term.emit({ running: false, reset: true });
  return EXIT.ok;
};
