import { iamAction } from "../../src/aws/iam-action.ts";
import { matches } from "../../src/lakehouse/access/places.ts";
import type { PolicyDocument, PolicyStatement } from "../../src/services/iam/props.ts";
import type { Called } from "./in-process.ts";
import { ACCOUNT, REGION } from "./world.ts";
import { sqsArn } from "../../src/services/sqs/arn.ts";
import { snsArn } from "../../src/services/sns/arn.ts";
import { s3Arn } from "../../src/services/s3/arn.ts";
import { logsArn } from "../../src/services/logs/arn.ts";
import { lambdaArn } from "../../src/services/lambda/arn.ts";
import { iamArn } from "../../src/services/iam/arn.ts";
import { glueArn } from "../../src/services/glue/arn.ts";
import { eventsArn } from "../../src/services/events/arn.ts";
import { dynamodbArn } from "../../src/services/dynamodb/arn.ts";

/** What AWS asks of the caller of one call. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  /** Condition keys that AWS sends along, by name. */
  readonly context: Readonly<Record<string, string>>;
}

type Input = Readonly<Record<string, unknown>>;
const here = { account: ACCOUNT, region: REGION, partition: "aws" };
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
const has = (input: Input, key: string): boolean => input[key] !== undefined && text(input[key]) !== "{}";

/** Actions beside the one that is called like the operation. Source: Service Authorization Reference, "dependent actions". */
function more(operation: string, input: Input): string[] {
  const tagged = ["Tags", "tags"].some((key) => has(input, key));
  if (operation.startsWith("s3:")) {
    if (operation === "s3:PutObject" && has(input, "Tagging")) return ["s3:PutObjectTagging"];
    const bucket = input["CreateBucketConfiguration"];
    if (operation === "s3:CreateBucket" && typeof bucket === "object" && bucket !== null && "Tags" in bucket)
      return ["s3:TagResource"];
    if (operation === "s3:DeleteObject" && has(input, "VersionId")) return ["s3:DeleteObjectVersion"];
    if (operation === "s3:GetObject" && has(input, "VersionId")) return ["s3:GetObjectVersion"];
    return operation === "s3:DeleteObjects" ? ["s3:DeleteObjectVersion"] : [];
  }
  const [service = ""] = operation.split(":");
  if (operation === "sqs:CreateQueue") return has(input, "tags") ? ["sqs:TagQueue"] : [];
  if (!tagged || !/:(Create|PutRule)/.test(operation)) return [];
  return [service === "iam" ? "iam:TagRole" : `${service}:TagResource`];
}

const GLUE_NAMES: readonly (readonly [RegExp, "job" | "trigger" | "workflow"])[] = [
  [/Jobs?$/, "job"],
  [/Triggers?$/, "trigger"],
  [/Workflow/, "workflow"],
];

function glueResources(operation: string, input: Input): string[] {
  if (operation.endsWith("Database")) {
    const inner = input["DatabaseInput"] as Input | undefined;
    return [glueArn.catalog(here), glueArn.of(here, "database", text(input["Name"] ?? inner?.["Name"]))];
  }
  if (operation === "GetTables") {
    const name = text(input["DatabaseName"]);
    return [glueArn.catalog(here), glueArn.of(here, "database", name), glueArn.table(here, name, "patient")];
  }
  if (has(input, "ResourceArn")) return [text(input["ResourceArn"])];
  const type = GLUE_NAMES.find(([pattern]) => pattern.test(operation))?.[1];
  if (type === undefined) throw new Error(`glue:${operation}: no resource known`);
  const names = Object.entries(input).flatMap(([key, value]) =>
    /^(Name|JobName|WorkflowName)$/.test(key) ? [text(value)] : key.endsWith("Names") ? texts(value) : [],
  );
  const own = type === "workflow" ? names : names.slice(0, operation.startsWith("Batch") ? undefined : 1);
  const chosen = type === "trigger" && has(input, "Name") ? [text(input["Name"])] : own;
  return chosen.map((name) => glueArn.of(here, type, name));
}

function resources(service: string, operation: string, input: Input): string[] {
  const named = (key: string): string => text(input[key]);
  switch (service) {
    case "s3": {
      const bucket = s3Arn.bucket(here, named("Bucket"));
      const deletes = input["Delete"] as { Objects?: { Key?: string }[] } | undefined;
      if (deletes) return (deletes.Objects ?? []).map(({ Key = "" }) => `${bucket}/${Key}`);
      return [has(input, "Key") ? `${bucket}/${named("Key")}` : bucket];
    }
    case "glue":
      return glueResources(operation, input);
    case "iam":
      if (operation === "ListRoles") return ["*"];
      if (has(input, "RoleName")) return [iamArn.role(here, named("RoleName"))];
      return [named("PolicySourceArn") || named("PolicyArn") || iamArn.policy(here, named("PolicyName"))];
    case "lambda":
      return [named("Resource") || lambdaArn.function(here, named("FunctionName"))];
    case "dynamodb": {
      if (has(input, "ResourceArn")) return [named("ResourceArn")];
      if (operation === "BatchGetItem")
        return Object.keys(input["RequestItems"] as object).map((name) => dynamodbArn.table(here, name));
      const table = dynamodbArn.table(here, named("TableName"));
      return [has(input, "IndexName") ? `${table}/index/${named("IndexName")}` : table];
    }
    case "sns":
      return [named("TopicArn") || named("ResourceArn") || (named("Name") ? snsArn.topic(here, named("Name")) : "*")];
    case "sqs":
      return [sqsArn.queue(here, named("QueueName") || named("QueueUrl").split("/").at(-1) || "")];
    case "events":
      if (operation === "ListRuleNamesByTarget") return ["*"];
      return [named("ResourceARN") || eventsArn.rule(here, named("Name") || named("Rule"))];
    case "logs":
      if (operation === "DescribeLogGroups") return ["*"];
      if (operation === "GetLogEvents")
        return [`${logsArn.group(here, named("logGroupName"))}:log-stream:${named("logStreamName")}`];
      return [named("resourceArn") || logsArn.group(here, named("logGroupName"))];
    default:
      return ["*"];
  }
}

/** Calls that IAM judges by the boundary that the role has, not by one that they bring. */
const STANDING = /:(AttachRolePolicy|DetachRolePolicy|PutRolePolicy|DeleteRolePolicy|DeleteRolePermissionsBoundary)$/;

/** Condition keys of IAM's own calls. Source: Service Authorization Reference. `standing` is the boundary of the role. */
function contextOf(operation: string, input: Input, standing: string | undefined): Record<string, string> {
  const boundary = STANDING.test(operation) ? standing : text(input["PermissionsBoundary"]) || undefined;
  const policy = /:(At|De)tach/.test(operation) ? text(input["PolicyArn"]) : undefined;
  return {
    ...(boundary ? { "iam:PermissionsBoundary": boundary } : {}),
    ...(policy ? { "iam:PolicyARN": policy } : {}),
  };
}

const invited = (input: Input): Need["context"] =>
  has(input, "Principal") ? { "lambda:Principal": text(input["Principal"]) } : {};

/** Everything that AWS checks for one call. `boundary` is what the role of an IAM call stands inside of. */
export function needsOf({ service, operation, input }: Called, boundary?: string): Need[] {
  const given = (input ?? {}) as Input;
  const also = more(`${service}:${operation}`, given);
  const at = resources(service, operation, given);
  if (at.length === 0 || at.some((one) => one.endsWith("/") && service !== "s3"))
    throw new Error(`${service}:${operation}: no resource found in ${JSON.stringify(given)}`);
  const role = text(given["Role"] ?? given["RoleArn"]);
  const passed = role.startsWith("arn:")
    ? [
        {
          action: "iam:PassRole",
          resource: role,
          context: { "iam:PassedToService": `${service}.amazonaws.com` },
        },
      ]
    : [];
  const context = service === "iam" ? contextOf(`${service}:${operation}`, given, boundary) : invited(given);
  const own = at.map((resource): Need => ({ action: iamAction(service, operation), resource, context }));
  // The catalog takes no tags; what lies in it does.
  const tagged = at.filter((one) => !one.endsWith(":catalog"));
  return [
    ...own,
    ...tagged.flatMap((resource) => also.map((action): Need => ({ action, resource, context: {} }))),
    ...passed,
  ];
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

const EQUALS: ReadonlySet<string> = new Set(["StringEquals", "ArnEquals", "Bool"]);

/** Whether the conditions hold; one that is not known here fails the test that uses it. */
function met(statement: PolicyStatement, context: Need["context"]): boolean {
  return Object.entries(statement.Condition ?? {}).every(([operator, tests]) => {
    if (!EQUALS.has(operator) && operator !== "StringLike") throw new Error(`${operator} is not known here`);
    return Object.entries(tests).every(([key, value]) => {
      const have = context[key];
      if (have === undefined) return false;
      return operator === "StringLike" ? list(value).some((one) => matches(one, have)) : list(value).includes(have);
    });
  });
}

const applies = (statement: PolicyStatement, need: Need): boolean =>
  list(statement.Action).some((pattern) => matches(pattern.toLowerCase(), need.action.toLowerCase())) &&
  list(statement.Resource).some((pattern) => matches(pattern, need.resource)) &&
  met(statement, need.context);

/** Whether the policy allows it, as IAM decides: an allowing statement, and none that denies. */
export const allows = (policy: PolicyDocument, need: Need): boolean => {
  const found = policy.Statement.filter((statement) => applies(statement, need));
  return found.some(({ Effect }) => Effect === "Allow") && !found.some(({ Effect }) => Effect === "Deny");
};
