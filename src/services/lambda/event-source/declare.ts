import type { Desired } from "../../../engine/types.ts";
import { minted } from "../../../engine/minted.ts";
import { type Build, resource } from "../../build.ts";
import { given } from "../../kit.ts";
import { eventSourceName, sourceName } from "./kind.ts";
import type { EventSourceProps } from "./props.ts";
import type { EventSourceConfig } from "./section.ts";

/** ARN of what is read, and its name. The stream of a table of ours is minted by AWS. */
function sourceOf(build: Build, { queue, table, arn, kafka = [] }: EventSourceConfig) {
  if (table !== undefined && build.has("tables", table)) {
    const { arn: of } = build.named("tables", table);
    return { sourceArn: minted({ kind: "dynamodb.table", id: table }, "streamArn"), source: sourceName(of, []) };
  }
  const sourceArn = queue === undefined ? (arn ?? table ?? null) : build.named("queues", queue).arn;
  return { sourceArn, source: sourceName(sourceArn, kafka) };
}

/** Streams begin somewhere; queues have no beginning. */
const isStream = (sourceArn: string | null, source: string): boolean =>
  sourceArn === null || /^(kinesis|dynamodb|kafka|rds):/.test(source);

function destinationOf(build: Build, { onFailure }: EventSourceConfig): string | undefined {
  for (const section of ["queue", "topic", "bucket"] as const) {
    const id = onFailure?.[section];
    if (id !== undefined) return build.named(`${section}s`, id).arn;
  }
  return undefined;
}

const settingsOf = (build: Build, one: EventSourceConfig, stream: boolean): Partial<EventSourceProps> => ({
  ...given("batchSize", one.batchSize),
  ...given("batchWindowSeconds", one.batchWindow),
  ...given("bisectOnError", one.bisectOnError),
  ...given("parallelization", one.parallelization),
  ...given("maxRecordAgeSeconds", one.maxRecordAge),
  ...given("maxRetryAttempts", one.maxRetryAttempts),
  ...given("tumblingWindowSeconds", one.tumblingWindow),
  ...given("reportFailures", one.reportFailures),
  ...given(
    "filters",
    one.filters?.map((pattern) => JSON.stringify(pattern)),
  ),
  ...given("onFailureArn", destinationOf(build, one)),
  ...given("maxConcurrency", one.maxConcurrency),
  ...given(
    "pollers",
    one.pollers && { min: one.pollers.min ?? null, max: one.pollers.max ?? null, group: one.pollers.group ?? null },
  ),
  ...given("kmsKeyArn", one.kmsKeyArn),
  ...given("metrics", one.metrics),
  ...given("access", one.access),
  ...given("topics", one.topics),
  ...given("mqQueues", one.mqQueues),
  ...given("startingPosition", one.startingPosition ?? (stream ? ("TRIM_HORIZON" as const) : undefined)),
  ...given("startAt", one.startAt === undefined ? undefined : new Date(one.startAt).toISOString()),
  ...given("consumerGroup", one.consumerGroup),
  ...given("schemaRegistry", one.schemaRegistry),
  ...given(
    "documentDb",
    one.documentDb && {
      database: one.documentDb.database,
      collection: one.documentDb.collection ?? null,
      fullDocument: one.documentDb.fullDocument ?? null,
    },
  ),
});

/** What functions are called with from queues and streams. */
export const declareEventSources = (all: Readonly<Record<string, EventSourceConfig>>, build: Build): Desired[] =>
  Object.entries(all).map(([id, one]) => {
    const fn = build.named("functions", one.function).name;
    const { sourceArn, source } = sourceOf(build, one);
    return resource<EventSourceProps>(
      { kind: "lambda.eventSource", id, name: eventSourceName(fn, source) },
      {
        sourceArn,
        brokers: one.kafka ?? [],
        function: one.alias === undefined ? fn : `${fn}:${one.alias}`,
        enabled: one.enabled,
        ...settingsOf(build, one, isStream(sourceArn, source)),
      },
      build.tags(one.tags),
    );
  });
