import type {
  CreateEventSourceMappingRequest,
  EventSourceMappingConfiguration,
  SourceAccessConfiguration,
} from "@aws-sdk/client-lambda";
import { type Coverage, ignored } from "../../coverage.ts";
import { given } from "../../kit.ts";
import type { EventSourceProps, EventSourceSettings } from "./props.ts";

type Live = EventSourceMappingConfiguration;
type Input = Partial<Omit<CreateEventSourceMappingRequest, "FunctionName">>;

/** One setting: how AWS tells it, and how it is told. Without a value it goes back to AWS's default. */
interface Field<T> {
  readonly read: (live: Live) => T | undefined;
  readonly write: (value: T | undefined, props: EventSourceProps) => Input;
}

const some = <T>(list: readonly T[] | undefined): readonly T[] | undefined => (list?.length ? list : undefined);

const accessIn = (all: readonly SourceAccessConfiguration[] | undefined) =>
  (all ?? []).map(({ Type = "", URI = "" }) => ({ type: String(Type), uri: URI }));
// Types of the config's own list, which is AWS's.
const accessOut = (all: EventSourceSettings["access"]) =>
  all.map(({ type, uri }) => ({ Type: type as SourceAccessConfiguration["Type"], URI: uri }));

const kafkaIn = (live: Live) => live.AmazonManagedKafkaEventSourceConfig ?? live.SelfManagedKafkaEventSourceConfig;

/** The service of a source: `sqs`, `kinesis`; `kafka` for brokers of one's own. */
export const serviceOf = ({ sourceArn }: Pick<EventSourceProps, "sourceArn">): string =>
  sourceArn === null ? "kafka" : (sourceArn.split(":")[2] ?? "");

function kafkaOut({ sourceArn, consumerGroup, schemaRegistry }: EventSourceProps): Input {
  if (consumerGroup === undefined && schemaRegistry === undefined) return {};
  const config = {
    ...given("ConsumerGroupId", consumerGroup),
    ...given(
      "SchemaRegistryConfig",
      schemaRegistry && {
        SchemaRegistryURI: schemaRegistry.uri,
        EventRecordFormat: schemaRegistry.eventRecordFormat as "JSON",
        SchemaValidationConfigs: schemaRegistry.validate.map((Attribute) => ({ Attribute: Attribute as "KEY" })),
        AccessConfigs: schemaRegistry.access.map(({ type, uri }) => ({ Type: type as "BASIC_AUTH", URI: uri })),
      },
    ),
  };
  return sourceArn === null
    ? { SelfManagedKafkaEventSourceConfig: config }
    : { AmazonManagedKafkaEventSourceConfig: config };
}

/** As AWS has it where nobody said anything. Source: CreateEventSourceMapping. */
const batchOf = (props: EventSourceProps): number => (["sqs", "mq"].includes(serviceOf(props)) ? 10 : 100);

const number = (
  key:
    | "MaximumBatchingWindowInSeconds"
    | "ParallelizationFactor"
    | "TumblingWindowInSeconds"
    | "MaximumRecordAgeInSeconds"
    | "MaximumRetryAttempts",
  unset: number,
): Field<number> => ({ read: (live) => live[key], write: (value = unset) => ({ [key]: value }) });

/** Every setting. */
export const FIELDS: { readonly [K in keyof EventSourceSettings]: Field<EventSourceSettings[K]> } = {
  batchSize: {
    read: ({ BatchSize }) => BatchSize,
    write: (BatchSize, props) => ({ BatchSize: BatchSize ?? batchOf(props) }),
  },
  batchWindowSeconds: number("MaximumBatchingWindowInSeconds", 0),
  bisectOnError: {
    read: ({ BisectBatchOnFunctionError }) => BisectBatchOnFunctionError,
    write: (BisectBatchOnFunctionError = false) => ({ BisectBatchOnFunctionError }),
  },
  parallelization: number("ParallelizationFactor", 1),
  maxRecordAgeSeconds: number("MaximumRecordAgeInSeconds", -1),
  maxRetryAttempts: number("MaximumRetryAttempts", -1),
  tumblingWindowSeconds: number("TumblingWindowInSeconds", 0),
  reportFailures: {
    read: ({ FunctionResponseTypes = [] }) => FunctionResponseTypes.includes("ReportBatchItemFailures"),
    write: (on) => ({ FunctionResponseTypes: on ? ["ReportBatchItemFailures"] : [] }),
  },
  filters: {
    read: ({ FilterCriteria }) => some(FilterCriteria?.Filters?.map(({ Pattern = "" }) => Pattern)),
    write: (all = []) => ({ FilterCriteria: { Filters: all.map((Pattern) => ({ Pattern })) } }),
  },
  onFailureArn: {
    read: ({ DestinationConfig }) => DestinationConfig?.OnFailure?.Destination || undefined,
    write: (Destination) => ({ DestinationConfig: { OnFailure: { ...given("Destination", Destination) } } }),
  },
  maxConcurrency: {
    read: ({ ScalingConfig }) => ScalingConfig?.MaximumConcurrency,
    write: (MaximumConcurrency) => ({ ScalingConfig: { ...given("MaximumConcurrency", MaximumConcurrency) } }),
  },
  pollers: {
    read: ({ ProvisionedPollerConfig: one }) =>
      one && (one.MinimumPollers ?? one.MaximumPollers ?? one.PollerGroupName) !== undefined
        ? { min: one.MinimumPollers ?? null, max: one.MaximumPollers ?? null, group: one.PollerGroupName ?? null }
        : undefined,
    write: (one) => ({
      ProvisionedPollerConfig: {
        ...given("MinimumPollers", one?.min ?? undefined),
        ...given("MaximumPollers", one?.max ?? undefined),
        ...given("PollerGroupName", one?.group ?? undefined),
      },
    }),
  },
  kmsKeyArn: { read: ({ KMSKeyArn }) => KMSKeyArn || undefined, write: (KMSKeyArn = "") => ({ KMSKeyArn }) },
  metrics: {
    read: ({ MetricsConfig }) => some(MetricsConfig?.Metrics),
    write: (all = []) => ({ MetricsConfig: { Metrics: all.map((one) => one as "EventCount") } }),
  },
  access: {
    read: ({ SourceAccessConfigurations }) => some(accessIn(SourceAccessConfigurations)),
    write: (all = []) => ({ SourceAccessConfigurations: accessOut(all) }),
  },
  topics: { read: ({ Topics }) => some(Topics), write: (all) => ({ ...given("Topics", all && [...all]) }) },
  mqQueues: { read: ({ Queues }) => some(Queues), write: (all) => ({ ...given("Queues", all && [...all]) }) },
  startingPosition: {
    read: ({ StartingPosition }) => StartingPosition,
    write: (StartingPosition) => given("StartingPosition", StartingPosition),
  },
  startAt: {
    read: ({ StartingPositionTimestamp }) => StartingPositionTimestamp?.toISOString(),
    write: (at) => given("StartingPositionTimestamp", at === undefined ? undefined : new Date(at)),
  },
  consumerGroup: {
    read: (live) => kafkaIn(live)?.ConsumerGroupId,
    write: (_value, props) => kafkaOut(props),
  },
  schemaRegistry: {
    read: (live) => {
      const one = kafkaIn(live)?.SchemaRegistryConfig;
      return one?.SchemaRegistryURI === undefined
        ? undefined
        : {
            uri: one.SchemaRegistryURI,
            eventRecordFormat: one.EventRecordFormat ?? "JSON",
            validate: (one.SchemaValidationConfigs ?? []).map(({ Attribute = "" }) => String(Attribute)),
            access: (one.AccessConfigs ?? []).map(({ Type = "", URI = "" }) => ({ type: String(Type), uri: URI })),
          };
    },
    write: (_value, props) => kafkaOut(props),
  },
  documentDb: {
    read: ({ DocumentDBEventSourceConfig: one }) =>
      one?.DatabaseName === undefined
        ? undefined
        : {
            database: one.DatabaseName,
            collection: one.CollectionName ?? null,
            fullDocument: one.FullDocument ?? null,
          },
    write: (one) =>
      one === undefined
        ? {}
        : {
            DocumentDBEventSourceConfig: {
              DatabaseName: one.database,
              ...given("CollectionName", one.collection ?? undefined),
              ...given("FullDocument", (one.fullDocument ?? undefined) as "Default" | undefined),
            },
          },
  },
};

/** The settings that a mapping has. */
export const settingsIn = (live: Live): Partial<EventSourceSettings> =>
  Object.assign({}, ...Object.entries(FIELDS).map(([key, { read }]) => given(key, read(live))));

/** What these keys are told as; what has no value goes back to AWS's default. */
export const settingsOut = (props: EventSourceProps, keys: Iterable<string>): Input =>
  Object.assign(
    {},
    ...[...keys].flatMap((key) => {
      // The key says which value belongs to it: the compiler does not follow that through a table.
      const field = (FIELDS as Readonly<Record<string, Field<unknown>>>)[key];
      return field ? [field.write(Object.entries(props).find(([name]) => name === key)?.[1], props)] : [];
    }),
  );

export const coverage = {
  UUID: "identity",
  StartingPosition: "managed",
  StartingPositionTimestamp: "managed",
  BatchSize: "managed",
  MaximumBatchingWindowInSeconds: "managed",
  ParallelizationFactor: "managed",
  EventSourceArn: "identity",
  FilterCriteria: "managed",
  FilterCriteriaError: "server",
  KMSKeyArn: "managed",
  MetricsConfig: "managed",
  LoggingConfig: ignored("what a mapping logs names records, which may be patients': its metrics count them"),
  ScalingConfig: "managed",
  FunctionArn: "managed",
  LastModified: "server",
  LastProcessingResult: "server",
  State: "managed",
  StateTransitionReason: "server",
  DestinationConfig: "managed",
  Topics: "managed",
  Queues: "managed",
  SourceAccessConfigurations: "managed",
  SelfManagedEventSource: "managed",
  MaximumRecordAgeInSeconds: "managed",
  BisectBatchOnFunctionError: "managed",
  MaximumRetryAttempts: "managed",
  TumblingWindowInSeconds: "managed",
  FunctionResponseTypes: "managed",
  AmazonManagedKafkaEventSourceConfig: "managed",
  SelfManagedKafkaEventSourceConfig: "managed",
  DocumentDBEventSourceConfig: "managed",
  EventSourceMappingArn: "identity",
  ProvisionedPollerConfig: "managed",
} satisfies Coverage<EventSourceMappingConfiguration>;
