import type { Desired } from "../../engine/types.ts";
import { targetsOf } from "../check/loop.ts";
import { ttlOn } from "../../services/dynamodb/section.ts";
import { codeUrl } from "../../services/lambda/code.ts";
import type { FunctionPermission, FunctionProps } from "../../services/lambda/props.ts";
import type { LogGroupProps } from "../../services/logs/props.ts";
import { UNDELIVERED_ID } from "../ids.ts";
import { FUNCTION_ID } from "../naming.ts";
import { textMap } from "../../services/parts.ts";
import { type Build, resource, tagsOf } from "./build.ts";
import { logProps } from "./logs.ts";
import type { Content } from "./sources.ts";
import { codePlace } from "./storage.ts";

/** What the handler is told by its environment. */
function environment({ config, names, scope }: Build): Record<string, string> {
  const { ledger, measures, function: fn } = config;
  return {
    GLUE_WORKFLOW_NAME: names.workflow.name,
    LEDGER_TABLE: names.ledger.name,
    LEDGER_HASH_KEY: ledger.hashKey,
    ...(ttlOn(ledger) ? { LEDGER_TTL_ATTRIBUTE: ledger.ttlAttribute, LEDGER_TTL_DAYS: String(ledger.ttlDays) } : {}),
    ALERT_TOPIC_ARN: names.topic.arn,
    UNDELIVERED_QUEUE: names.queue(UNDELIVERED_ID).name,
    RAW_BUCKET: names.bucket(fn.events.bucket).name,
    RAW_PREFIX: fn.events.prefix,
    ENVIRONMENT: scope.env,
    ...(fn.batchWindow > 0 ? { BATCH_WINDOW: String(fn.batchWindow) } : {}),
    // The measures of a new day need a run although no file came: the schedule sees to it.
    ...(measures.asOf === "today" ? { REFRESH_DAILY_IN: measures.timeZone } : {}),
    ...textMap(fn.environment),
  };
}

/** Who may call it: the bucket whose objects it hears of, and the rules that name it. */
function permissions({ config, names, scope }: Build): Record<string, FunctionPermission> {
  const { bucket } = config.function.events;
  const rules = Object.entries(config.rules).filter(([, rule]) => targetsOf(config, rule).includes("function"));
  return {
    // Bucket names can change hands: the account is named as well.
    [`s3_${bucket.replaceAll("-", "_")}`]: {
      principal: "s3.amazonaws.com",
      sourceArn: names.bucket(bucket).arn,
      sourceAccount: scope.account,
    },
    ...Object.fromEntries(
      rules.map(([id]) => [
        `rule_${id}`,
        { principal: "events.amazonaws.com", sourceArn: names.rule(id).arn, sourceAccount: null },
      ]),
    ),
  };
}

/** The function and its log group. */
export function lambda(build: Build, code: Content | undefined): Desired[] {
  const { config, names } = build;
  const { function: fn } = config;
  const place = codePlace(build, code);
  const group = resource<LogGroupProps>(
    { kind: "logs.group", id: FUNCTION_ID, name: names.logGroup.name },
    logProps(build, fn.logRetentionDays),
    tagsOf(build, fn.tags),
  );
  // Its code could not be read: a finding says so.
  if (!code && !place) return [group];
  const one = resource<FunctionProps>(
    { kind: "lambda.function", id: FUNCTION_ID, name: names.function.name },
    {
      runtime: fn.runtime,
      handler: fn.handler,
      roleArn: names.role(fn.role).arn,
      description: fn.description,
      timeoutSeconds: fn.timeout,
      memoryMb: fn.memory,
      ephemeralStorageMb: fn.ephemeralStorage,
      architecture: fn.architecture,
      environment: environment(build),
      kmsKey: fn.kmsKeyArn ?? null,
      codeSha256: place ? null : (code?.sha256Base64 ?? null),
      codeS3: place ? codeUrl(place.bucket, place.key, place.version) : null,
      logGroup: names.logGroup.name,
      logFormat: fn.logFormat,
      tracing: fn.tracing,
      reservedConcurrency: fn.reservedConcurrency ?? null,
      // Not the topic: an event names its objects, and keys may name persons.
      onFailureArn: names.queue(UNDELIVERED_ID).arn,
      retryAttempts: fn.maxRetryAttempts,
      maxEventAgeSeconds: fn.maxEventAge,
      permissions: permissions(build),
    },
    tagsOf(build, fn.tags),
  );
  return [group, one];
}
