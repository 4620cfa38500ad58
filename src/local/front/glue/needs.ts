import type { Needs } from "../router.ts";
import { roleArn } from "../runs/records.ts";
import type { Json } from "../wire.ts";
import { folded } from "./catalog.ts";
import { glueArn, type GlueState } from "./state.ts";

const NAMED: [operations: RegExp, type: string, member: string][] = [
  [/Trigger$/, "trigger", "Name"],
  [/^(?!.*Catalog).*Workflow(Run|Runs|RunProperties)?$/, "workflow", "Name"],
  [/^(Create|Update|Delete|Get)Job$/, "job", "JobName"],
  [/Job(Run|Runs|Bookmark)$/, "job", "JobName"],
  [/^(?!BatchGet).*Crawler$/, "crawler", "Name"],
];
/** Asked for by name. */
const BATCHES: [operations: RegExp, type: string, member: string][] = [
  [/^BatchGetJobs$/, "job", "JobNames"],
  [/^BatchGetTriggers$/, "trigger", "TriggerNames"],
  [/^BatchGetWorkflows$/, "workflow", "Names"],
  [/^BatchGetCrawlers$/, "crawler", "CrawlerNames"],
];
const LISTS: [operations: RegExp, type: string][] = [
  [/Triggers$/, "trigger"],
  [/Workflows$/, "workflow"],
  [/Jobs$/, "job"],
  [/Crawlers$/, "crawler"],
];
/** These give the service a role. A run takes the role of its job: who may start it need not be able to pass that. */
const PASSES = new Set(["CreateJob", "UpdateJob", "CreateCrawler", "UpdateCrawler", "CreateSession"]);
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What a Glue request needs in IAM: its action on every one of these resources. Source: Service Authorization Reference. */
export function glueNeeds(state: GlueState, operation: string, input: Json): Needs {
  const giver = operation === "UpdateJob" ? ((input["JobUpdate"] ?? {}) as Json) : input;
  const role = PASSES.has(operation) ? text(giver["Role"]) : undefined;
  return {
    action: `glue:${operation}`,
    resources: resourcesOf(operation, input).map((one) => (one === "*" ? one : glueArn(state, one))),
    ...(role === undefined ? {} : { passes: [roleArn(state, role)] }),
  };
}

function resourcesOf(operation: string, input: Json): string[] {
  // IAM knows no resource for them.
  if (/SecurityConfigurations?$/.test(operation)) return ["*"];
  if (/Connections?$/.test(operation)) return connectionResources(input);
  const arn = text(input["ResourceArn"]);
  if (arn !== undefined) return [arn.split(":").slice(5).join(":")];
  for (const [operations, type, member] of NAMED) {
    const name = text(input[member]) ?? text(input["Name"]);
    if (operations.test(operation) && name !== undefined) return [`${type}/${name}`];
  }
  for (const [operations, type, member] of BATCHES) {
    const names = input[member];
    if (operations.test(operation) && Array.isArray(names) && names.length > 0)
      return names.map((name) => `${type}/${String(name)}`);
  }
  for (const [operations, type] of LISTS) if (operations.test(operation)) return [`${type}/*`];
  return catalogResources(operation, input);
}

/** The catalog, and the connection in it. */
function connectionResources(input: Json): string[] {
  const inner = (input["ConnectionInput"] ?? {}) as Json;
  const named = [input["ConnectionName"], input["Name"], inner["Name"]].map(text).filter((name) => name !== undefined);
  const names = named.length > 0 ? [...new Set(named)] : ["*"];
  return ["catalog", ...names.map((name) => `connection/${name}`)];
}

/** The catalog, then the database, then the table or function: a catalog action needs the whole way down. */
function catalogResources(operation: string, input: Json): string[] {
  const inner = (input["DatabaseInput"] ?? input["TableInput"] ?? input["FunctionInput"] ?? {}) as Json;
  const ofDatabase = operation.endsWith("Database");
  const database =
    text(input["DatabaseName"]) ?? (ofDatabase ? (text(input["Name"]) ?? text(inner["Name"])) : undefined);
  if (database === undefined) return operation.endsWith("Databases") ? ["catalog", "database/*"] : ["catalog"];
  const way = ["catalog", `database/${folded(database)}`];
  if (ofDatabase) return way;
  const fn = /UserDefinedFunction/.test(operation);
  // Each of them: UpdateTable names its table twice, and who may change the one need not be able to change the other.
  const named = [input["TableName"], input["FunctionName"], input["Name"], inner["Name"], inner["FunctionName"]];
  const names = new Set(named.map(text).filter((name) => name !== undefined));
  const type = fn ? "userDefinedFunction" : "table";
  return [
    ...way,
    ...[...(names.size > 0 ? names : ["*"])].map((name) => `${type}/${folded(database)}/${folded(name)}`),
  ];
}
