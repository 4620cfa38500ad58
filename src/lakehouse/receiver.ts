import { type FunctionConfig, functionSection as plainFunction } from "../services/lambda/section.ts";
import type { z } from "zod";
import type { Expansion } from "./expansion.ts";
import { UNDELIVERED_ID } from "./ids.ts";
import { type functionSection, ttlOn } from "./sections.ts";

/** What the handler is told by its environment. */
function environment({ config, names, scope }: Expansion): FunctionConfig["environment"] {
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
    ...fn.environment,
  };
}

/** The function that S3 calls for new files, as a plain one. What it fails on goes to a queue, not to the topic: an event names its objects, and keys may name persons. */
export function receiverEntry(all: Expansion): FunctionConfig {
  const { events: _e, batchWindow: _b, jobEvents: _j, logRetentionDays: _l, ...own } = all.config.function;
  return { ...own, environment: environment(all), onFailure: { queue: UNDELIVERED_ID } };
}

/** A further function as a plain one. */
export function functionEntry({
  events: _events,
  logRetentionDays: _days,
  role = "",
  handler,
  ...own
}: z.output<typeof functionSection>): FunctionConfig {
  return { ...own, role, handler: handler ?? plainFunction.shape.handler.parse(undefined) };
}
