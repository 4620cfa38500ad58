import { readWaves, type Sent } from "./floor-calls.ts";

/**
 * The least that a command of ours could cost: the bare SDK sends the same calls in the same waves, and nothing is done with
 * the answers. `node floor.mjs <file of waves>`.
 */
type Client = Readonly<Record<string, (input: unknown) => Promise<unknown>>>;

/** A module of the SDK: the client, with a method for each call. */
type Sdk = Readonly<Record<string, new (settings: object) => Client>>;

const SDK: Readonly<Record<string, readonly [client: string, load: () => Promise<unknown>]>> = {
  dynamodb: ["DynamoDB", () => import("@aws-sdk/client-dynamodb")],
  events: ["EventBridge", () => import("@aws-sdk/client-eventbridge")],
  glue: ["Glue", () => import("@aws-sdk/client-glue")],
  iam: ["IAM", () => import("@aws-sdk/client-iam")],
  kms: ["KMS", () => import("@aws-sdk/client-kms")],
  lambda: ["Lambda", () => import("@aws-sdk/client-lambda")],
  logs: ["CloudWatchLogs", () => import("@aws-sdk/client-cloudwatch-logs")],
  s3: ["S3", () => import("@aws-sdk/client-s3")],
  scheduler: ["Scheduler", () => import("@aws-sdk/client-scheduler")],
  sns: ["SNS", () => import("@aws-sdk/client-sns")],
  sqs: ["SQS", () => import("@aws-sdk/client-sqs")],
  sts: ["STS", () => import("@aws-sdk/client-sts")],
  tagging: ["ResourceGroupsTaggingAPI", () => import("@aws-sdk/client-resource-groups-tagging-api")],
};

const made = new Map<string, Promise<Client>>();

async function make(service: string): Promise<Client> {
  const [name, load] = SDK[service] ?? [];
  // Every module of the SDK's is of this shape.
  const Made = name === undefined ? undefined : ((await load?.()) as Sdk | undefined)?.[name];
  if (!Made) throw new Error(`no client for ${service}`);
  return new Made({ maxAttempts: 1 });
}

async function send({ service, operation, input }: Sent): Promise<void> {
  const client = made.get(service) ?? make(service);
  made.set(service, client);
  const method = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}`;
  // That something is not there is an answer too.
  await (await client)[method]?.(input).catch(() => undefined);
}

for (const wave of readWaves(process.argv[2] ?? "")) await Promise.all(wave.map(send));
process.exit(0);
