import { partitionOf, type Scope } from "../../aws/arn.ts";
import { environments, findProject } from "../../config/index.ts";
import { forgetGrants, operateGrants, whyGrants } from "../../operate/permissions.ts";
import {
  type Audience,
  type Grant,
  kindGrants,
  MANAGED_LIMIT,
  policyOf,
  sizeOf,
  split,
} from "../../lakehouse/access/policy.ts";
import type { PolicyDocument } from "../../services/iam/props.ts";
import { boundaryDocument, kinds, type LakehouseConfig } from "../../lakehouse/index.ts";
import { namesOf, ownsBoundary } from "../../lakehouse/naming.ts";
import type { Cli } from "../cli.ts";
import type { iamPolicy } from "../declared/build.ts";
import type { ArgumentsOf, OptionsOf, Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { environmentOf, livingAt, loadLakehouse } from "../lakehouse.ts";
import { openSession } from "../session.ts";

type Options = OptionsOf<typeof iamPolicy>;
type Word = ArgumentsOf<typeof iamPolicy>["audience"];

/** Prints the least policy for whoever uses metriccare itself, made from the calls that its code makes; or the roles' boundary. */
export const run: Run<typeof iamPolicy> = async (cli, options, { audience: what }) => {
  if (options.iam === false && what !== "deployer")
    throw usage("usage", `--no-iam is for the deployer, \`${what}\` changes nothing in IAM anyway`, "Leave it out.");
  if (options.importFrom !== undefined && what !== "operator")
    throw usage("usage", `--import-from is for the operator, who runs \`ledger import\``, "Leave it out.");
  if (options.forget === true && what !== "operator")
    throw usage("usage", `--forget is for the operator, who runs \`forget\``, "Leave it out.");
  if (options.why === true && what !== "operator")
    throw usage("usage", `--why is for the operator, who runs \`measures --why\``, "Leave it out.");
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const written = await loadLakehouse(project, env);
  const scope = await scopeOf(cli, options, written.value, env);
  const { value: config } = await livingAt(written, env, scope);
  const document =
    what === "boundary"
      ? boundaryDocument(config, scope)
      : withImport(
          policyOf(config, scope, [...grantsOf(what), ...askedFor(options)], what, { noIam: options.iam === false }),
          scope,
          options.importFrom,
        );
  const shown = options.split ? split(document) : document;
  if (cli.term.json) cli.term.emit(shown);
  else cli.term.block(JSON.stringify(shown, null, 2));
  const longer = environments(project).filter((other) => other.endsWith(`_${env}`));
  for (const note of notes(config, scope, what, document, options)) cli.term.note(note);
  if (longer.length > 0)
    cli.term.note(
      `warning: names of environment ${longer.join(", ")} end in \`_${env}\`, and so this policy reaches what is there: rename it, or give it an account of its own.`,
    );
  return EXIT.ok;
};

/** Rights that no policy has unless it is asked for them. */
const askedFor = ({ forget, why }: Options): Grant[] => [
  ...(forget ? forgetGrants() : []),
  ...(why ? whyGrants() : []),
];

/** A table of somebody else's that `ledger import` reads: the one thing outside of the config that an operator may see. */
function withImport(document: PolicyDocument, scope: Scope, table: string | undefined): PolicyDocument {
  if (table === undefined) return document;
  const { partition, region, account } = scope;
  const arn = table.startsWith("arn:") ? table : `arn:${partition}:dynamodb:${region}:${account}:table/${table}`;
  return {
    ...document,
    Statement: [...document.Statement, { Effect: "Allow", Action: "dynamodb:Scan", Resource: arn }],
  };
}

/** What whoever attaches it must know. */
function notes(
  config: LakehouseConfig,
  scope: Scope,
  what: Word,
  document: PolicyDocument,
  options: Options,
): string[] {
  const size = sizeOf(document);
  const names = namesOf(config, scope);
  const free = Object.keys(config.roles).filter((id) => names.boundaryOf(id) === null);
  return [
    ...(!options.split && size > MANAGED_LIMIT
      ? [
          `note: the policy has ${size} characters and a managed policy takes ${MANAGED_LIMIT}: \`--split\` prints a list of policies that fit.`,
        ]
      : []),
    ...(what === "deployer" && options.iam !== false && free.length > 0
      ? [
          `warning: ${free.join(", ")} have no permissions boundary (\`permissionsBoundary: none\`): whoever holds this policy can give them every right of the account.`,
        ]
      : []),
    ...(what === "boundary"
      ? [
          ownsBoundary(config, names)
            ? `note: make it as the managed policy ${names.boundary.name} (${names.boundary.arn}).`
            : "note: no role stands inside of it: the config names another boundary, or none.",
        ]
      : []),
  ];
}

export const grantsOf = (audience: Audience): ReturnType<typeof kindGrants> => [
  ...kindGrants(kinds, audience),
  ...operateGrants(audience),
];

/** Account and region from the options, the config or the embedded AWS; only else is AWS asked. */
async function scopeOf(cli: Cli, options: Options, config: LakehouseConfig, env: string): Promise<Scope> {
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
