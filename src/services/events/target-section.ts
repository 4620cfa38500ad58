import { z } from "zod";

/** Settings of targets of one type, in AWS's words. */

const text = z.string().min(1);
const texts = z.array(text);

const ecs = z.strictObject({
  taskDefinition: z.string().regex(/^arn:/, "an ARN").describe("ARN of the task definition; `arn` is the cluster."),
  taskCount: z.int().min(1).max(10).default(1),
  launchType: z.enum(["EC2", "FARGATE", "EXTERNAL"]).optional(),
  platformVersion: text.optional(),
  group: text.max(255).optional(),
  subnets: texts.min(1).optional().describe("Where its network interface lies (awsvpc)."),
  securityGroups: texts.max(5).default([]),
  assignPublicIp: z.boolean().default(false),
  capacityProviders: z
    .array(
      z.strictObject({
        provider: text,
        weight: z.int().min(0).max(1000).default(0),
        base: z.int().min(0).max(100_000).default(0),
      }),
    )
    .max(6)
    .default([])
    .describe("Instead of launchType."),
  placementConstraints: z
    .array(z.strictObject({ type: z.enum(["distinctInstance", "memberOf"]), expression: text.optional() }))
    .max(10)
    .default([]),
  placementStrategy: z
    .array(z.strictObject({ type: z.enum(["random", "spread", "binpack"]), field: text.optional() }))
    .max(5)
    .default([]),
  managedTags: z.boolean().default(false).describe("Whether ECS tags the tasks."),
  executeCommand: z.boolean().default(false),
  propagateTags: z.boolean().default(false).describe("Whether the tasks get the definition's tags."),
  tags: z.record(text, z.string()).default({}).describe("Tags of the tasks."),
});

const batch = z.strictObject({
  jobDefinition: text.describe("Name or ARN; `arn` is the job queue."),
  jobName: text,
  arraySize: z.int().min(2).max(10_000).optional(),
  attempts: z.int().min(1).max(10).optional(),
});

const redshift = z.strictObject({
  database: text.max(64),
  user: text.max(128).optional().describe("Database user; or `secretArn`."),
  secretArn: text.optional().describe("Secret with the login."),
  sql: z.union([text, texts.min(1)]).describe("A statement, or several."),
  statementName: text.max(500).optional(),
  withEvent: z.boolean().default(false).describe("Whether an event tells its end."),
});

/** Words of a target that only one type of target knows. */
export const parameterWords = {
  messageGroupId: text.max(128).optional().describe("Message group, of a queue whose name ends in .fifo."),
  ecs: ecs.optional().describe("The task that it runs, of an ECS cluster."),
  batch: batch.optional().describe("The job that it submits, to a Batch queue."),
  kinesis: z
    .strictObject({ partitionKeyPath: text.max(256) })
    .optional()
    .describe("JSON path of the partition key."),
  http: z
    .strictObject({
      headers: z.record(text, z.string()).default({}),
      path: texts.default([]).describe("What stands for the * in the path."),
      query: z.record(text, z.string()).default({}),
    })
    .optional()
    .describe("Of an API Gateway or an API destination."),
  redshift: redshift.optional().describe("The SQL that it runs, of a Redshift cluster."),
  runCommand: z
    .array(z.strictObject({ key: text.max(128), values: texts.min(1).max(50) }))
    .min(1)
    .max(5)
    .optional()
    .describe("Instances that a Systems Manager document runs on."),
  sageMaker: z.record(text, z.string()).optional().describe("Parameters of a SageMaker pipeline."),
  appSync: z.strictObject({ operation: text }).optional().describe("The GraphQL mutation, of an AppSync API."),
};

const parameters = z.strictObject(parameterWords);
export type ParameterWords = z.output<typeof parameters>;
