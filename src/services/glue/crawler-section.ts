import { z } from "zod";
import { descriptionSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";
import { reference } from "../reference.ts";

const connection = reference("connections", { byName: true });
const queue = reference("queues");
const exclusions = z.array(z.string().min(1)).max(100).default([]).describe("Glob patterns of what is left out.");
const eventQueues = {
  eventQueue: queue.optional().describe("Id or ARN of the queue that S3 tells of new objects (CRAWL_EVENT_MODE)."),
  deadLetterQueue: queue.optional().describe("Id or ARN of the queue for what it could not read."),
};

const s3Target = z.strictObject({
  path: z.string().min(1).describe("s3://<bucket>/<folder>/"),
  exclusions,
  connection: connection.optional().describe("Id or name of a connection of type NETWORK."),
  sampleSize: z.int().min(1).max(249).optional().describe("Files of each folder that are read. Default: all."),
  ...eventQueues,
});

const jdbcTarget = z.strictObject({
  connection: connection.describe("Id or name of the connection."),
  path: z.string().min(1).describe("database/schema/table, with % for all."),
  exclusions,
  additionalMetadata: z.array(z.enum(["COMMENTS", "RAWTYPES"])).default([]),
});

const mongodbTarget = z.strictObject({
  connection: connection.describe("Id or name of the connection."),
  path: z.string().min(1).describe("database/collection"),
  scanAll: z.boolean().default(true).describe("false: a sample."),
});

const dynamodbTarget = z.strictObject({
  table: reference("tables", { byName: true }).describe("Id or name of the table."),
  scanAll: z.boolean().default(true).describe("false: a sample."),
  scanRate: z.number().min(0.1).max(1.5).optional().describe("Part of the table's read capacity that it may use."),
});

const catalogTarget = z.strictObject({
  database: reference("databases", { byName: true }).describe("Id or name of the database."),
  tables: z.array(z.string().min(1)).min(1),
  connection: connection.optional().describe("Id or name of a connection of type NETWORK."),
  ...eventQueues,
});

const deltaTarget = z.strictObject({
  tables: z.array(z.string().min(1)).min(1).describe("s3:// paths of Delta tables."),
  connection: connection.optional(),
  writeManifest: z.boolean().default(false),
  createNativeTable: z.boolean().default(false),
});

const lakeTarget = z.strictObject({
  paths: z.array(z.string().min(1)).min(1).describe("s3:// paths below which the tables' metadata folders lie."),
  connection: connection.optional(),
  exclusions,
  maxDepth: z.int().min(1).max(20).default(10).describe("How deep it looks for them."),
});

const targets = z.strictObject({
  s3: z.array(s3Target).default([]),
  jdbc: z.array(jdbcTarget).default([]),
  mongodb: z.array(mongodbTarget).default([]),
  dynamodb: z.array(dynamodbTarget).default([]),
  catalog: z.array(catalogTarget).default([]),
  delta: z.array(deltaTarget).default([]),
  iceberg: z.array(lakeTarget).default([]),
  hudi: z.array(lakeTarget).default([]),
});

const schemaChangePolicy = z.strictObject({
  update: z.enum(["UPDATE_IN_DATABASE", "LOG"]).default("UPDATE_IN_DATABASE"),
  delete: z.enum(["DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG"]).default("DEPRECATE_IN_DATABASE"),
});

const lakeFormation = z.strictObject({
  useCredentials: z.boolean().default(false).describe("Lake Formation's credentials in place of the role's."),
  account: z
    .string()
    .regex(/^\d{12}$/, "an account has twelve digits")
    .optional()
    .describe("Account of the data, where it is another one."),
});

/** One crawler. */
export const crawlerSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  role: reference("roles", { passedTo: "glue.amazonaws.com" }).describe("Id or ARN of the role."),
  database: reference("databases", { byName: true })
    .optional()
    .describe("Id or name of the database that the tables go into. Tables of the catalog as targets need none."),
  targets: targets.describe("What it looks at."),
  schedule: z.string().min(1).optional().describe("cron(15 12 * * ? *), UTC. Default: when it is started."),
  classifiers: z
    .array(reference("classifiers", { byName: true }))
    .default([])
    .describe("Ids of `classifiers`, or names of others, tried before AWS's own."),
  tablePrefix: z.string().max(128).default("").describe("Beginning of the names of the tables that it makes."),
  schemaChangePolicy: schemaChangePolicy
    .prefault({})
    .describe("What happens to a table whose data has changed, or is gone."),
  recrawl: z
    .enum(["CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY", "CRAWL_EVENT_MODE"])
    .default("CRAWL_EVERYTHING")
    .describe("What is looked at again."),
  lineage: z.boolean().default(false),
  lakeFormation: lakeFormation.prefault({}),
  configuration: jsonSchema.optional().describe("AWS's document of further settings: `Version: 1.0` and what it sets."),
  securityConfiguration: reference("securityConfigurations", { byName: true })
    .optional()
    .describe("Id or name of a security configuration."),
  tags: tagsSchema,
});
export type CrawlerConfig = z.output<typeof crawlerSection>;
