import { readWaves, type Sent } from "./floor-calls.ts";

/**
 * The least that a command of ours could cost: the bare SDK sends the same calls in the same waves, and nothing is done with
 * the answers. `node floor.mjs <file of waves>`.
 */
interface Client {
  send(command: unknown): Promise<unknown>;
}

/** A module of the SDK: the client, and a class for each call. */
type Sdk = Readonly<Record<string, new (given: unknown) => unknown>>;

const SDK: Readonly<Record<string, readonly [client: string, load: () => Promise<unknown>]>> = {
  dynamodb: ["DynamoDBClient", () => import("@aws-sdk/client-dynamodb")],
  events: ["EventBridgeClient", () => import("@aws-sdk/client-eventbridge")],
  glue: ["GlueClient", () => import("@aws-sdk/client-glue")],
  iam: ["IAMClient", () => import("@aws-sdk/client-iam")],
  kms: ["KMSClient", () => import("@aws-sdk/client-kms")],
  lambda: ["LambdaClient", () => import("@aws-sdk/client-lambda")],
  logs: ["CloudWatchLogsClient", () => import("@aws-sdk/client-cloudwatch-logs")],
  s3: ["S3Client", () => import("@aws-sdk/client-s3")],
  scheduler: ["SchedulerClient", () => import("@aws-sdk/client-scheduler")],
  sns: ["SNSClient", () => import("@aws-sdk/client-sns")],
  sqs: ["SQSClient", () => import("@aws-sdk/client-sqs")],
  sts: ["STSClient", () => import("@aws-sdk/client-sts")],
  tagging: ["ResourceGroupsTaggingAPIClient", () => import("@aws-sdk/client-resource-groups-tagging-api")],
};

const made = new Map<string, Promise<{ sdk: Sdk; client: Client }>>();

async function make(service: string): Promise<{ sdk: Sdk; client: Client }> {
  const [name, load] = SDK[service] ?? [];
  // Every module of the SDK's is of this shape.
  const sdk = (await load?.()) as Sdk | undefined;
  const Made = name === undefined ? undefined : sdk?.[name];
  if (!sdk || !Made) throw new Error(`no client for ${service}`);
  return { sdk, client: new Made({ maxAttempts: 1 }) as Client };
}

async function send({ service, operation, input }: Sent): Promise<void> {
  const known = made.get(service) ?? make(service);
  made.set(service, known);
  const { sdk, client } = await known;
  const Command = sdk[`${operation}Command`];
  if (!Command) throw new Error(`no ${service}:${operation}`);
  // That something is not there is an answer too.
  await client.send(new Command(input)).catch(() => undefined);
}

for (const wave of readWaves(process.argv[2] ?? "")) await Promise.all(wave.map(send));
process.exit(0);
