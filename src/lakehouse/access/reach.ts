import { arn, type Scope } from "../../aws/arn.ts";
import type { Address } from "../../engine/types.ts";
import { EVERYWHERE } from "./actions.ts";

type ToArns = (scope: Scope, name: string) => readonly string[];

const glue =
  (type: Parameters<typeof arn.glue>[1]): ToArns =>
  (scope, name) => [arn.glue(scope, type, name)];

/** ARNs of a resource by its kind and name. */
const ARNS: Readonly<Record<string, ToArns>> = {
  "s3.bucket": (scope, name) => [arn.bucket(scope, name), `${arn.bucket(scope, name)}/*`],
  "s3.notification": (scope, name) => [arn.bucket(scope, name)],
  "s3.object": (scope, name) => [arn.bucket(scope, name)],
  "iam.role": (scope, name) => [arn.role(scope, name)],
  "iam.policy": (scope, name) => [arn.policy(scope, name)],
  "glue.job": glue("job"),
  "glue.workflow": glue("workflow"),
  "glue.trigger": glue("trigger"),
  "glue.crawler": glue("crawler"),
  "glue.connection": (scope, name) => [arn.glueCatalog(scope), arn.glue(scope, "connection", name)],
  "glue.securityConfiguration": () => ["*"],
  "glue.database": (scope, name) => [arn.glueCatalog(scope), arn.glue(scope, "database", name)],
  "lambda.function": (scope, name) => [arn.function(scope, name)],
  "dynamodb.table": (scope, name) => [arn.table(scope, name)],
  "sns.topic": (scope, name) => [arn.topic(scope, name)],
  "sqs.queue": (scope, name) => [arn.queue(scope, name)],
  "events.rule": (scope, name) => [arn.rule(scope, name)],
  "logs.group": (scope, name) => [arn.logGroup(scope, name), `${arn.logGroup(scope, name)}:*`],
};

interface Needs {
  readonly name: string;
  readonly permissions: Readonly<Record<"read" | "delete", readonly string[]>>;
}

/** The statement that lets its holder look at one resource and remove it, as JSON. */
export function reachStatement(kinds: readonly Needs[], scope: Scope, { kind, name }: Address): string {
  const permissions = kinds.find((one) => one.name === kind)?.permissions;
  const actions = [...new Set([...(permissions?.read ?? []), ...(permissions?.delete ?? [])])];
  return JSON.stringify({
    Effect: "Allow",
    Action: actions.filter((action) => !Object.hasOwn(EVERYWHERE, action)).toSorted(),
    Resource: ARNS[kind]?.(scope, name) ?? [name],
  });
}
