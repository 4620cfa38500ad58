import type { PolicyStatement } from "../../iam/props.ts";
import { keyStatement } from "../../kms-statement.ts";
import type { Uses } from "../../service.ts";
import type { EventSourceConfig } from "./section.ts";

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement[] =>
  Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource: [...new Set(Resource)] }];

const NETWORK = [
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
];

/** What Lambda reads a source with, by the source's service. Source: Lambda's guide, "Configuring permissions" of each. */
const READS: Readonly<Record<string, readonly string[]>> = {
  sqs: ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
  dynamodb: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
  kinesis: [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:SubscribeToShard",
  ],
  kafka: ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"],
  mq: ["mq:DescribeBroker"],
  rds: ["rds:DescribeDBClusterParameters", "rds:DescribeDBClusters", "rds:DescribeDBSubnetGroups"],
};
/** Of these IAM binds a part to nothing. */
const LISTS: Readonly<Record<string, string>> = { dynamodb: "dynamodb:ListStreams", kinesis: "kinesis:ListStreams" };
const TITLES: Readonly<Record<string, string>> = {
  sqs: "Queues",
  dynamodb: "Tables",
  kinesis: "Streams",
  kafka: "Kafka",
  mq: "Brokers",
  rds: "Documents",
};

function arnOf({ named }: Uses, { queue, table, arn }: EventSourceConfig): string | undefined {
  if (queue !== undefined) return named("queues", queue).arn;
  if (table === undefined) return arn;
  // The label of a stream is AWS's to give.
  return table.startsWith("arn:") ? table : `${named("tables", table).arn}/stream/*`;
}

const serviceOf = (arn: string): string => arn.split(":")[2] ?? "";

const keysOf = ({ keyOf }: Uses, all: readonly EventSourceConfig[]): (string | undefined)[] =>
  all.flatMap(({ queue, table, kmsKeyArn }) => [
    queue === undefined ? undefined : keyOf("queues", queue),
    table === undefined ? undefined : keyOf("tables", table),
    kmsKeyArn,
  ]);

function destinations({ named }: Uses, all: readonly EventSourceConfig[]): PolicyStatement[] {
  const arns = (word: "queue" | "topic" | "bucket"): string[] =>
    all.flatMap(({ onFailure }) => {
      const id = onFailure?.[word];
      return id === undefined ? [] : [named(`${word}s`, id).arn];
    });
  const buckets = arns("bucket");
  return [
    ...allow("SendLostRecords", ["sqs:SendMessage"], arns("queue")),
    ...allow("TellLostRecords", ["sns:Publish"], arns("topic")),
    ...allow(
      "PutLostRecords",
      ["s3:PutObject"],
      buckets.map((one) => `${one}/*`),
    ),
    ...allow("FindLostRecords", ["s3:ListBucket"], buckets),
  ];
}

interface Entries {
  readonly functions: Readonly<Record<string, { readonly role: string }>>;
  readonly eventSources: Readonly<Record<string, EventSourceConfig>>;
}

/** What a role may do because of the queues and streams that its functions are called from: Lambda reads them with it. */
export function eventSourceRights(
  { functions, eventSources = {} }: Entries,
  role: string,
  uses: Uses,
): PolicyStatement[] {
  const mine = Object.values(eventSources).filter((one) => functions[one.function]?.role === role);
  if (mine.length === 0) return [];
  const arns = mine.flatMap((one) => arnOf(uses, one) ?? []);
  const used = Object.keys(READS).filter((service) => arns.some((one) => serviceOf(one) === service));
  const lists = used.flatMap((service) => LISTS[service] ?? []);
  const secrets = mine
    .flatMap(({ access = [] }) => access.map(({ uri }) => uri))
    .filter((uri) => uri.includes(":secretsmanager:"));
  const inNetwork = used.some((service) => ["kafka", "mq", "rds"].includes(service)) || mine.some(({ kafka }) => kafka);
  return [
    ...used.flatMap((service) =>
      allow(
        `Read${TITLES[service]}`,
        READS[service] ?? [],
        arns.filter((one) => serviceOf(one) === service),
      ),
    ),
    ...allow("ListStreams", lists, lists.length > 0 ? ["*"] : []),
    ...allow("SignInAtBrokers", ["secretsmanager:GetSecretValue"], secrets),
    ...(inNetwork ? allow("ReachBrokers", NETWORK, ["*"]) : []),
    ...destinations(uses, mine),
    ...keyStatement(uses.scope, "ReadSourcesWithKeys", keysOf(uses, mine), ["kms:Decrypt"]),
  ];
}
