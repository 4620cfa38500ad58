import { stringify } from "yaml";
import { findProject } from "../../config/index.ts";
import { shown } from "../../lakehouse/complete.ts";
import { queuesOf } from "../../lakehouse/queues.ts";
import { dependsOnPlace } from "../../lakehouse/texts.ts";
import type { configShow } from "../declared/project.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";

/** Prints the merged config with every default filled in. */
export const run: Run<typeof configShow> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const loaded = await loadLakehouse(project, environmentOf(project, options.env));
  // The queue of the function is made whether or not it is declared.
  const value = shown({ ...loaded.value, queues: queuesOf(loaded.value) });
  if (!cli.term.json) cli.term.block(stringify(value, { lineWidth: 120 }).trimEnd());
  const { account, region, embedded } = loaded.value.aws;
  if (dependsOnPlace(loaded.used) && !embedded && (account === undefined || region === undefined))
    cli.term.note("note: the config pins no account or no region, and its texts name them: stand-ins are shown.");
  cli.term.emit(value);
  return EXIT.ok;
};
