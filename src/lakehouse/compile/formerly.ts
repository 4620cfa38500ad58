import { bucketNameOf, nameOf, type Scope } from "../../aws/arn.ts";
import type { Desired } from "../../engine/types.ts";
import type { LakehouseConfig } from "../schema.ts";

/** What the config says that each resource was called before, by kind and id. Kinds with one resource have one entry. */
function declared(config: LakehouseConfig, { kind, id }: Desired["address"]): string | undefined {
  const { buckets, databases, jobs, roles, rules, queues, workflow } = config;
  const map: Readonly<Record<string, Readonly<Record<string, { readonly formerly?: string | undefined }>>>> = {
    "s3.bucket": buckets,
    "glue.database": databases,
    "glue.job": jobs,
    "glue.trigger": workflow.triggers,
    "iam.role": roles,
    "events.rule": rules,
    "sqs.queue": queues,
  };
  const single: Readonly<Record<string, { readonly formerly?: string | undefined }>> = {
    "glue.workflow": workflow,
    "lambda.function": config.function,
    "dynamodb.table": config.ledger,
    "sns.topic": config.alerts,
  };
  return (map[kind]?.[id] ?? single[kind])?.formerly;
}

/**
 * An id stands for the name that it made; anything may be a name as it is. Not so for buckets: their names are everybody's,
 * and asking for somebody else's is "denied". There, what has the account in it or starts like ours is a name.
 */
function names(scope: Scope, kind: string, former: string): string[] {
  if (kind === "s3.bucket") {
    const isName = former.includes(scope.account) || former.startsWith(`${scope.project}-`);
    return [isName ? former : bucketNameOf(scope, former)];
  }
  const both = [nameOf(scope, former), former];
  return kind === "glue.database" ? both.map((name) => name.toLowerCase()) : both;
}

/** Names that a resource may have had in AWS before, where the config tells of one. */
export function formerNames(config: LakehouseConfig, scope: Scope, address: Desired["address"]): string[] {
  const former = declared(config, address);
  return former === undefined ? [] : names(scope, address.kind, former).filter((name) => name !== address.name);
}

/** The resource with its former names. */
export function withFormer(config: LakehouseConfig, scope: Scope, desired: Desired): Desired {
  const formerly = formerNames(config, scope, desired.address);
  return formerly.length === 0 ? desired : { ...desired, formerly };
}
