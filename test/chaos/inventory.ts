import { worldAt } from "../harness/world.ts";
import type { AwsContext } from "../../src/aws/context.ts";
import { sqsClient } from "../../src/services/sqs/client.ts";
import { snsClient } from "../../src/services/sns/client.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { logsClient } from "../../src/services/logs/client.ts";
import { lambdaClient } from "../../src/services/lambda/client.ts";
import { iamClient } from "../../src/services/iam/client.ts";
import { glueClient } from "../../src/services/glue/client.ts";
import { eventsClient } from "../../src/services/events/client.ts";
import { dynamodbClient } from "../../src/services/dynamodb/client.ts";

/** Everything in an account, as plain text by address: for "no duplicate, no orphan, nothing foreign touched". */
export type Inventory = Readonly<Record<string, string>>;

/** What AWS mints anew each time, and clocks. */
const VOLATILE =
  /^(\$metadata|.*Date|.*DateTime|.*Time|.*Timestamp|Created.*|LastModified.*|LastUpdated.*|creationTime|arn|logGroupArn|RevisionId|VersionId|ETag|RoleId|TableId|Location|NumberOfDecreasesToday|LastUpdateStatus|UUID|ResponseMetadata|CatalogId|Parameters|LatestStream.*|storedBytes|Owner|CodeSize|RequestCharged|WarmThroughput|Code)$/;

const scrubbed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(scrubbed).sort((a, b) => (text(a) < text(b) ? -1 : 1));
  if (typeof value === "string" && /^[{[]/.test(value)) {
    try {
      return scrubbed(JSON.parse(value));
    } catch {
      return value;
    }
  }
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.test(key))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, scrubbed(inner)]),
  );
};
const text = (value: unknown): string => JSON.stringify(value) ?? "";

/** Unset is an answer too. */
const maybe = (answer: Promise<unknown>): Promise<unknown> => answer.catch((error: unknown) => (error as Error).name);

/** Reads the whole account, straight from the emulator. */
export async function inventory(endpoint: string): Promise<Inventory> {
  const ctx = worldAt({ endpoint });
  const parts = await Promise.all([
    s3(ctx),
    iam(ctx),
    policies(ctx),
    glue(ctx),
    lambda(ctx),
    dynamodb(ctx),
    events(ctx),
    sns(ctx),
    sqs(ctx),
    logs(ctx),
  ]);
  return Object.fromEntries(
    parts
      .flat()
      .map(([key, value]) => [key, text(scrubbed(value))] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

type Rows = Promise<[string, unknown][]>;
const each = async <T>(items: readonly T[] | undefined, row: (item: T) => Promise<[string, unknown]>): Rows =>
  Promise.all((items ?? []).map(row));

async function s3(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(s3Client);
  const rows = await Promise.all(
    ((await client.listBuckets({})).Buckets ?? []).map(async ({ Name: Bucket }): Rows => {
      const at = { Bucket };
      const objects = (await client.listObjectsV2(at)).Contents ?? [];
      return [
        [
          `bucket ${Bucket}`,
          await Promise.all([
            maybe(client.getBucketTagging(at)),
            maybe(client.getBucketVersioning(at)),
            maybe(client.getBucketEncryption(at)),
            maybe(client.getBucketPolicy(at)),
            maybe(client.getPublicAccessBlock(at)),
            maybe(client.getBucketOwnershipControls(at)),
            maybe(client.getBucketLifecycleConfiguration(at)),
            maybe(client.getBucketNotificationConfiguration(at)),
          ]),
        ],
        ...objects
          // The lease, and what an apply notes of its uploads: it may be cut off before it does.
          .filter(({ Key }) => !Key?.startsWith("metriccare/"))
          .map(({ Key, Size }): [string, unknown] => [`object ${Bucket}/${Key}`, Size]),
      ];
    }),
  );
  return rows.flat();
}

async function iam(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(iamClient);
  return each((await client.listRoles({})).Roles, async ({ RoleName }) => {
    const inline = (await client.listRolePolicies({ RoleName })).PolicyNames ?? [];
    return [
      `role ${RoleName}`,
      await Promise.all([
        client.getRole({ RoleName }),
        client.listAttachedRolePolicies({ RoleName }),
        ...inline.map((PolicyName) => client.getRolePolicy({ RoleName, PolicyName })),
      ]),
    ];
  });
}

/** The boundary is there in as many versions as it took: the one in force counts. */
async function policies(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(iamClient);
  return each((await client.listPolicies({ Scope: "Local" })).Policies, async ({ Arn }) => {
    const { Policy } = await client.getPolicy({ PolicyArn: Arn });
    const version = await client.getPolicyVersion({ PolicyArn: Arn, VersionId: Policy?.DefaultVersionId });
    return [`policy ${Arn}`, [Policy?.Tags, version.PolicyVersion?.Document]];
  });
}

async function glue(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(glueClient);
  const tags = (type: string, name: string | undefined): Promise<unknown> =>
    maybe(client.getTags({ ResourceArn: `arn:aws:glue:us-east-1:${ctx.account}:${type}/${name}` }));
  const [jobs, triggers, workflows, databases] = await Promise.all([
    client.getJobs({}),
    client.getTriggers({}),
    client.listWorkflows({}),
    client.getDatabases({}),
  ]);
  const rows = await Promise.all([
    each(jobs.Jobs, async (job) => [`job ${job.Name}`, [job, await tags("job", job.Name)]]),
    each(triggers.Triggers, async (one) => [`trigger ${one.Name}`, [one, one.State, await tags("trigger", one.Name)]]),
    each(workflows.Workflows, async (Name) => [`workflow ${Name}`, await tags("workflow", Name)]),
    each(databases.DatabaseList, async (one) => [`database ${one.Name}`, [one, await tags("database", one.Name)]]),
  ]);
  return rows.flat();
}

async function lambda(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(lambdaClient);
  return each((await client.listFunctions({})).Functions, async ({ FunctionName }) => [
    `function ${FunctionName}`,
    await Promise.all([
      client.getFunction({ FunctionName }),
      maybe(client.getPolicy({ FunctionName })),
      maybe(client.getFunctionEventInvokeConfig({ FunctionName })),
    ]),
  ]);
}

async function dynamodb(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(dynamodbClient);
  return each((await client.listTables({})).TableNames, async (TableName) => [
    `table ${TableName}`,
    await Promise.all([
      client.describeTable({ TableName }),
      client.describeTimeToLive({ TableName }),
      // moto's TagResource leaves the old value standing beside the new one: the last one counts.
      client
        .listTagsOfResource({ ResourceArn: `arn:aws:dynamodb:us-east-1:${ctx.account}:table/${TableName}` })
        .then(({ Tags = [] }) => Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))),
    ]),
  ]);
}

async function events(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(eventsClient);
  return each((await client.listRules({})).Rules, async (rule) => [
    `rule ${rule.Name}`,
    [
      rule,
      rule.State,
      (await client.listTargetsByRule({ Rule: rule.Name })).Targets?.map(({ Id, ...target }) => ({
        id: Id,
        ...target,
      })),
      await client.listTagsForResource({ ResourceARN: rule.Arn }),
    ],
  ]);
}

async function sns(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(snsClient);
  const subscriptions = ((await client.listSubscriptions({})).Subscriptions ?? []).map((one): [string, unknown] => [
    `subscription ${one.TopicArn} ${one.Protocol} ${one.Endpoint}`,
    one.Protocol,
  ]);
  const topics = await each((await client.listTopics({})).Topics, async ({ TopicArn }) => [
    `topic ${TopicArn}`,
    await Promise.all([client.getTopicAttributes({ TopicArn }), client.listTagsForResource({ ResourceArn: TopicArn })]),
  ]);
  return [...topics, ...subscriptions];
}

async function sqs(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(sqsClient);
  return each((await client.listQueues({})).QueueUrls, async (QueueUrl) => [
    `queue ${QueueUrl.split("/").at(-1)}`,
    await Promise.all([
      client.getQueueAttributes({ QueueUrl, AttributeNames: ["All"] }),
      client.listQueueTags({ QueueUrl }),
    ]),
  ]);
}

async function logs(ctx: AwsContext): Rows {
  const client = await ctx.clients.of(logsClient);
  return each((await client.describeLogGroups({})).logGroups, async (group) => [
    `log group ${group.logGroupName}`,
    [
      group,
      await client.listTagsForResource({
        resourceArn: `arn:aws:logs:us-east-1:${ctx.account}:log-group:${group.logGroupName}`,
      }),
    ],
  ]);
}
