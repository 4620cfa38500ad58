import { z } from "zod";
import { jsonSchema, tagsSchema } from "../../parts.ts";
import { reference } from "../../reference.ts";
import { aliasName } from "../words.ts";

const ACCESS = [
  "BASIC_AUTH",
  "CLIENT_CERTIFICATE_TLS_AUTH",
  "SASL_SCRAM_256_AUTH",
  "SASL_SCRAM_512_AUTH",
  "SERVER_ROOT_CA_CERTIFICATE",
  "VIRTUAL_HOST",
  "VPC_SECURITY_GROUP",
  "VPC_SUBNET",
] as const;

/** What comes from where, by the words of the config. One of them stands in an entry. */
export const SOURCES = ["queue", "table", "arn", "kafka"] as const;

const broker = z
  .string()
  .regex(
    /^arn:[^:]+:(kinesis:[^:]+:\d{12}:stream\/[^/]+(\/consumer\/.+)?|dynamodb:[^:]+:\d{12}:table\/[^/]+\/stream\/.+|sqs:[^:]+:\d{12}:.+|kafka:[^:]+:\d{12}:cluster\/.+|mq:[^:]+:\d{12}:broker:.+|rds:[^:]+:\d{12}:cluster:.+)$/,
    "the ARN of a queue, of a stream of Kinesis or DynamoDB, of an MSK cluster, an MQ broker or a DocumentDB cluster",
  );

const registry = z.strictObject({
  uri: z.string().min(1).describe("URL of the registry, or the ARN of one of Glue."),
  eventRecordFormat: z.enum(["JSON", "SOURCE"]).default("JSON"),
  validate: z.array(z.enum(["KEY", "VALUE"])).min(1),
  access: z
    .array(
      z.strictObject({
        type: z.enum(["BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE"]),
        uri: z.string().min(1).describe("ARN of the secret."),
      }),
    )
    .default([]),
});

/** What a function is called with from a queue or a stream. */
export const eventSourceSection = z
  .strictObject({
    function: reference("functions").describe("Id of the function."),
    alias: aliasName.optional().describe("One of the function's `aliases`. Default: its newest code."),
    queue: reference("queues").optional().describe("Id or ARN of a queue."),
    table: reference("tables").optional().describe("Id of a table with `stream`: each change of an item."),
    arn: broker
      .optional()
      .describe("ARN of another source: Kinesis, MSK, MQ, DocumentDB, a stream of somebody's table."),
    kafka: z
      .array(z.string().regex(/^[\w.-]+:\d+$/, "a broker is <host>:<port>"))
      .min(1)
      .max(10)
      .optional()
      .describe("Brokers of a Kafka cluster of your own."),
    enabled: z.boolean().default(true),
    batchSize: z.int().min(1).max(10_000).optional().describe("Records of one call at most."),
    batchWindow: z.int().min(0).max(300).optional().describe("Seconds that it gathers records for a call."),
    bisectOnError: z.boolean().optional().describe("A batch that failed is split in two and tried again."),
    parallelization: z.int().min(1).max(10).optional().describe("Batches of one shard at a time."),
    maxRecordAge: z.int().min(-1).max(604_800).optional().describe("Seconds; -1 keeps trying."),
    maxRetryAttempts: z.int().min(-1).max(10_000).optional().describe("-1 keeps trying."),
    tumblingWindow: z.int().min(0).max(900).optional().describe("Seconds of a window that its calls share a state in."),
    reportFailures: z
      .boolean()
      .optional()
      .describe("The function answers which records failed: the others of the batch are done."),
    filters: z.array(jsonSchema).min(1).max(10).optional().describe("Patterns; a record that fits none calls nobody."),
    onFailure: z
      .strictObject({
        queue: reference("queues").optional(),
        topic: reference("topics").optional(),
        bucket: reference("buckets").optional(),
      })
      .optional()
      .describe("Where a stream's records go that it gave up on. (A queue says it with `redrive`.)"),
    maxConcurrency: z.int().min(2).max(1000).optional().describe("Calls at a time, from a queue."),
    pollers: z
      .strictObject({
        min: z.int().min(1).max(200).optional(),
        max: z.int().min(1).max(2000).optional(),
        group: z.string().min(1).max(128).optional(),
      })
      .optional()
      .describe("Provisioned mode of queues and Kafka."),
    kmsKeyArn: z.string().optional().describe("Key that encrypts `filters`."),
    metrics: z
      .array(z.enum(["EventCount", "ErrorCount", "KafkaMetrics"]))
      .min(1)
      .optional(),
    access: z
      .array(z.strictObject({ type: z.enum(ACCESS), uri: z.string().min(1) }))
      .min(1)
      .max(22)
      .optional()
      .describe("How brokers are signed in at and reached: ARNs of secrets, subnets, security groups."),
    topics: z.array(z.string().min(1)).length(1).optional().describe("Topic of Kafka."),
    mqQueues: z.array(z.string().min(1)).length(1).optional().describe("Queue of an MQ broker."),
    startingPosition: z
      .enum(["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])
      .optional()
      .describe("Where a stream is read from at first. Default: TRIM_HORIZON, its oldest record."),
    startAt: z.iso.datetime().optional().describe("Of AT_TIMESTAMP."),
    consumerGroup: z.string().min(1).max(200).optional().describe("Of Kafka."),
    schemaRegistry: registry.optional().describe("Of Kafka: records are read by their schema."),
    documentDb: z
      .strictObject({
        database: z.string().min(1),
        collection: z.string().min(1).optional(),
        fullDocument: z.enum(["UpdateLookup", "Default"]).optional(),
      })
      .optional(),
    tags: tagsSchema,
  })
  .refine((one) => SOURCES.filter((key) => one[key] !== undefined).length === 1, {
    error: `an event source names one of ${SOURCES.join(", ")}`,
  })
  .refine(({ startingPosition, startAt }) => (startingPosition === "AT_TIMESTAMP") === (startAt !== undefined), {
    path: ["startingPosition"],
    error: "AT_TIMESTAMP and `startAt` go together",
  });
export type EventSourceConfig = z.output<typeof eventSourceSection>;
