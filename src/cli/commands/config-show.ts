import { stringify } from "yaml";
import { findProject, literalTexts } from "../../config/index.ts";
import type { Scope } from "../../aws/arn.ts";
import { shown } from "../../lakehouse/complete.ts";
import { expanded } from "../../lakehouse/expand.ts";
import { type LakehouseConfig, scopeOf } from "../../lakehouse/index.ts";
import { queuesOf } from "../../lakehouse/queues.ts";
import { dependsOnPlace } from "../../lakehouse/texts.ts";
import type { configShow } from "../declared/project.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";

/** Prints the merged config with every default filled in; or the plain one that follows from it. */
export const run: Run<typeof configShow> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const { value: config, used } = await loadLakehouse(project, env);
  // Either is a config again: what is left of `${` in it was written `$${`.
  const value = literalTexts(options.expanded ? expanded(config, await assumed(config, env)) : written(config));
  if (!cli.term.json) cli.term.block(stringify(value, { lineWidth: 120, aliasDuplicateObjects: false }).trimEnd());
  const { account, region, embedded } = config.aws;
  const guessed = !embedded && (account === undefined || region === undefined);
  if (guessed && (options.expanded || dependsOnPlace(used)))
    cli.term.note("note: the config pins no account or no region, and its texts name them: stand-ins are shown.");
  cli.term.emit(value);
  return EXIT.ok;
};

/** The queue of the function is made whether or not it is declared. */
const written = (config: LakehouseConfig): object =>
  shown(config.made.includes("function") ? { ...config, queues: queuesOf(config) } : config);

async function assumed(config: LakehouseConfig, env: string): Promise<Scope> {
  const scope = scopeOf(config, env);
  if (!config.aws.embedded) return scope;
  const { EMBEDDED } = await import("../../local/embedded.ts");
  return { ...scope, ...EMBEDDED };
}
