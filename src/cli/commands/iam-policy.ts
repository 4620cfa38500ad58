import { partitionOf, type Scope } from "../../aws/arn.ts";
import { findProject } from "../../config/index.ts";
import { operateGrants } from "../../operate/permissions.ts";
import { type Audience, kindGrants, MANAGED_LIMIT, policyOf, sizeOf, split } from "../../services/access/policy.ts";
import { kinds, type LakehouseConfig } from "../../services/index.ts";
import type { Cli, GlobalOptions, Run } from "../cli.ts";
import { EXIT, usage } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";
import { openSession } from "../session.ts";

interface Options {
  account?: string;
  region?: string;
  split?: boolean;
}

/** Prints the least policy for whoever uses metriccare itself, made from the calls that its code makes. */
export const run: Run<Options> = async (cli, options, [audience = ""]) => {
  if (audience !== "deployer" && audience !== "reader")
    throw usage("usage", `no policy is known for \`${audience}\``, "Use `iam-policy deployer` or `iam-policy reader`.");
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const { value: config } = await loadLakehouse(project, env);
  const scope = await scopeOf(cli, options, config, env);
  const document = policyOf(config, scope, grantsOf(audience), audience);
  const shown = options.split ? split(document) : document;
  if (cli.term.json) cli.term.emit(shown);
  else cli.term.block(JSON.stringify(shown, null, 2));
  const size = sizeOf(document);
  if (!options.split && size > MANAGED_LIMIT)
    cli.term.note(
      `note: the policy has ${size} characters and a managed policy takes ${MANAGED_LIMIT}: \`--split\` prints a list of policies that fit.`,
    );
  return EXIT.ok;
};

export const grantsOf = (audience: Audience): ReturnType<typeof kindGrants> => [
  ...kindGrants(kinds, audience),
  ...operateGrants(audience),
];

/** Account and region from the options, the config or the embedded AWS; only else is AWS asked. */
async function scopeOf(
  cli: Cli,
  options: Options & GlobalOptions,
  config: LakehouseConfig,
  env: string,
): Promise<Scope> {
  const { EMBEDDED } = await import("../../local/embedded.ts");
  if (options.account !== undefined && !/^\d{12}$/.test(options.account))
    throw usage("usage", `--account ${options.account}: an account has twelve digits`, "Give the account's number.");
  const account = options.account ?? (config.aws.embedded ? EMBEDDED.account : config.aws.account);
  const region = options.region ?? (config.aws.embedded ? EMBEDDED.region : (config.aws.region ?? cli.env.AWS_REGION));
  if (account !== undefined && region !== undefined)
    return { project: config.project, env, account, region, partition: partitionOf(region) };
  const { aws } = await openSession(cli, options, { readOnly: true });
  return {
    project: config.project,
    env,
    account: account ?? aws.account,
    region: region ?? aws.region,
    partition: aws.partition,
  };
}
