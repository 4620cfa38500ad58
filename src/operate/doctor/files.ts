import type { AwsContext } from "../../aws/context.ts";
import { errorName } from "../problem.ts";
import { targetsOf } from "../../lakehouse/check/loop.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";
import { refusal } from "./policy.ts";
import { s3Client } from "../../services/s3/client.ts";
import { lambdaClient } from "../../services/lambda/client.ts";
import { dynamodbClient } from "../../services/dynamodb/client.ts";

/** New object → the bucket's notification → the function's permission. */
export async function eventChecks(ctx: AwsContext, { config, outputs }: Wiring): Promise<readonly Check[]> {
  const { bucket: id, prefix } = config.function.events;
  const bucket = outputs.buckets[id];
  if (!bucket) return [];
  const name = `s3 event of ${bucket.name}`;
  return looked(ctx, name, "s3", async () => {
    const s3 = await ctx.clients.of(s3Client);
    const live = await s3.getBucketNotificationConfiguration({ Bucket: bucket.name, ExpectedBucketOwner: ctx.account });
    const entries = (live.LambdaFunctionConfigurations ?? []).filter(
      (entry) => entry.LambdaFunctionArn?.startsWith(outputs.function.arn) ?? false,
    );
    // A bucket that is not ours is told by whoever keeps it.
    const fix =
      config.buckets[id]?.existing === undefined
        ? applyFix(ctx, `s3.notification/${id}`)
        : `let whoever keeps the bucket tell ${outputs.function.arn} of s3:ObjectCreated:* under ${prefix}`;
    if (entries.length === 0) return [bad(name, "the bucket tells the function of nothing", fix)];
    const created = entries.filter((entry) => entry.Events?.some((event) => event.startsWith("s3:ObjectCreated:")));
    if (created.length === 0) return [bad(name, "the function is told of other events than new objects", fix)];
    const ruleOf = (entry: (typeof created)[number]): string =>
      entry.Filter?.Key?.FilterRules?.find((rule) => rule.Name?.toLowerCase() === "prefix")?.Value ?? "";
    const fits = created.some((entry) => prefix.startsWith(ruleOf(entry)));
    return fits
      ? [good(name, `new objects under ${prefix} call ${outputs.function.name}`)]
      : [bad(name, `only objects under ${created.map(ruleOf).join(", ")} call the function, not ${prefix}`, fix)];
  });
}

/** Who may call the function: the bucket, and the rules that name it. */
export async function permissionChecks(ctx: AwsContext, { config, rules, outputs }: Wiring): Promise<readonly Check[]> {
  const name = `permissions of ${outputs.function.name}`;
  return looked(ctx, name, "lambda", async () => {
    const lambda = await ctx.clients.of(lambdaClient);
    const policy = await lambda.getPolicy({ FunctionName: outputs.function.name }).then(
      (answer) => answer.Policy,
      (error: unknown) => {
        if (errorName(error) === "ResourceNotFoundException") return undefined;
        throw error;
      },
    );
    const bucket = outputs.buckets[config.function.events.bucket];
    const callers = [
      ...(bucket ? [{ what: `bucket ${bucket.name}`, service: "s3.amazonaws.com", arn: bucket.arn }] : []),
      ...Object.entries(rules)
        .filter(([, rule]) => targetsOf(config, rule).includes("function"))
        .flatMap(([id]) => {
          const rule = outputs.rules[id];
          return rule ? [{ what: `rule ${rule.name}`, service: "events.amazonaws.com", arn: rule.arn }] : [];
        }),
    ];
    return callers.map(({ what, service, arn }) => {
      const why = refusal(policy, {
        service,
        action: "lambda:InvokeFunction",
        resource: outputs.function.arn,
        context: { "aws:sourcearn": arn, "aws:sourceaccount": ctx.account, "aws:securetransport": "true" },
      });
      const check = `${what} may call the function`;
      return why ? bad(check, why, applyFix(ctx, "lambda")) : good(check, "allowed");
    });
  });
}

/** The function itself: ready, told the right names, its failures told. */
export async function functionChecks(ctx: AwsContext, { config, outputs }: Wiring): Promise<readonly Check[]> {
  const { name } = outputs.function;
  const label = `function ${name}`;
  return looked(ctx, label, "lambda", async () => {
    const lambda = await ctx.clients.of(lambdaClient);
    const live = await lambda.getFunctionConfiguration({ FunctionName: name });
    const fix = applyFix(ctx, "lambda");
    const checks: Check[] = [];
    // Emulators leave the state out; AWS always tells it.
    if (live.State && live.State !== "Active")
      checks.push(
        bad(
          label,
          `it is ${live.State}${live.StateReason ? `: ${live.StateReason}` : ""}`,
          "wait a minute; an inactive function wakes up on its next call",
        ),
      );
    else if (live.LastUpdateStatus === "Failed")
      checks.push(bad(label, `its last update failed: ${live.LastUpdateStatusReason ?? ""}`, fix));
    else checks.push(good(label, "active"));
    checks.push(environmentCheck(ctx, { config, outputs }, live.Environment?.Variables ?? {}));
    const { ReservedConcurrentExecutions: reserved } = await lambda.getFunctionConcurrency({ FunctionName: name });
    if (reserved === 0)
      checks.push(bad("concurrency of the function", "0 is reserved for it: it is never run", applyFix(ctx, "lambda")));
    const failures = await lambda.getFunctionEventInvokeConfig({ FunctionName: name }).then(
      (answer) => answer.DestinationConfig?.OnFailure?.Destination,
      (error: unknown) => {
        if (errorName(error) === "ResourceNotFoundException") return undefined;
        throw error;
      },
    );
    checks.push(
      failures
        ? good("events that the function failed on", `go to ${failures.slice(failures.lastIndexOf(":") + 1)}`)
        : bad("events that the function failed on", "get lost without a word", fix),
    );
    return checks;
  });
}

function environmentCheck(
  ctx: AwsContext,
  { config, outputs }: Pick<Wiring, "config" | "outputs">,
  live: Readonly<Record<string, string>>,
): Check {
  const wanted: Record<string, string | undefined> = {
    GLUE_WORKFLOW_NAME: outputs.workflow.name,
    LEDGER_TABLE: outputs.ledger.name,
    LEDGER_HASH_KEY: config.ledger.hashKey,
    ALERT_TOPIC_ARN: outputs.topic.arn,
    UNDELIVERED_QUEUE: outputs.queues["undelivered"]?.name,
    RAW_BUCKET: outputs.buckets[config.function.events.bucket]?.name,
    RAW_PREFIX: config.function.events.prefix,
    ...config.function.environment,
  };
  const wrong = Object.entries(wanted)
    .filter(([key, value]) => value !== undefined && live[key] !== String(value))
    .map(([key]) => `${key} is ${live[key] === undefined ? "not set" : "another one"}`);
  return wrong.length === 0
    ? good("what the function is told", `ledger ${outputs.ledger.name}, workflow ${outputs.workflow.name}`)
    : bad("what the function is told", wrong.join(", "), applyFix(ctx, "lambda"));
}

/** The ledger: there, with the two indexes that reads go by. */
export async function ledgerChecks(ctx: AwsContext, { config, outputs }: Wiring): Promise<readonly Check[]> {
  const { name } = outputs.ledger;
  const label = `ledger ${name}`;
  return looked(ctx, label, "dynamodb", async () => {
    const dynamo = await ctx.clients.of(dynamodbClient);
    const { Table: table } = await dynamo.describeTable({ TableName: name });
    const fix = applyFix(ctx, "dynamodb");
    if (table?.TableStatus !== "ACTIVE" && table?.TableStatus !== "UPDATING")
      return [bad(label, `it is ${table?.TableStatus ?? "unknown"}`, "wait until it is ACTIVE")];
    const hash = table.KeySchema?.find((key) => key.KeyType === "HASH")?.AttributeName;
    if (hash !== config.ledger.hashKey)
      return [bad(label, `its hash key is ${hash ?? "?"}, the config says ${config.ledger.hashKey}`, fix)];
    const indexes = new Map((table.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index.IndexStatus]));
    return [
      good(label, "active"),
      ...["pending", "by_time"].map((index) => {
        const check = `index ${index} of the ledger`;
        if (!indexes.has(index)) return bad(check, "it does not exist", fix);
        const status = indexes.get(index);
        // Emulators leave the status out.
        return status === undefined || status === "ACTIVE" || status === "UPDATING"
          ? good(check, "active")
          : bad(check, `it is ${status}`, "wait until it is ACTIVE; a big table takes its time");
      }),
    ];
  });
}
