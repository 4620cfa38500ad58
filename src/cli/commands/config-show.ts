import { stringify } from "yaml";
import { findProject } from "../../config/index.ts";
import type { Run } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";

/** Prints the merged config with every default filled in. */
export const run: Run = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const { value } = await loadLakehouse(project, environmentOf(project, options.env));
  if (!cli.term.json) cli.term.block(stringify(value, { lineWidth: 120 }).trimEnd());
  cli.term.emit(value);
  return EXIT.ok;
};
