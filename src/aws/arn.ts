/** Names are chosen and ARNs are computed, so every reference resolves before anything exists. */
export interface Scope {
  readonly project: string;
  readonly env: string;
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`: from the caller's own ARN or the region, never a literal elsewhere. */
  readonly partition: string;
}

/** Source: the region prefixes of AWS's partitions. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}

type Place = Pick<Scope, "account" | "region" | "partition">;

export const arn = {
  bucket: (s: Place, name: string): string => `arn:${s.partition}:s3:::${name}`,
  role: (s: Place, name: string): string => `arn:${s.partition}:iam::${s.account}:role/${name}`,
  policy: (s: Place, name: string): string => `arn:${s.partition}:iam::${s.account}:policy/${name}`,
  glue: (
    s: Place,
    type: "job" | "workflow" | "trigger" | "database" | "crawler" | "connection",
    name: string,
  ): string => `arn:${s.partition}:glue:${s.region}:${s.account}:${type}/${name}`,
  glueTable: (s: Place, database: string, table: string): string =>
    `arn:${s.partition}:glue:${s.region}:${s.account}:table/${database}/${table}`,
  glueCatalog: (s: Place): string => `arn:${s.partition}:glue:${s.region}:${s.account}:catalog`,
  function: (s: Place, name: string): string => `arn:${s.partition}:lambda:${s.region}:${s.account}:function:${name}`,
  table: (s: Place, name: string): string => `arn:${s.partition}:dynamodb:${s.region}:${s.account}:table/${name}`,
  queue: (s: Place, name: string): string => `arn:${s.partition}:sqs:${s.region}:${s.account}:${name}`,
  topic: (s: Place, name: string): string => `arn:${s.partition}:sns:${s.region}:${s.account}:${name}`,
  rule: (s: Place, name: string): string => `arn:${s.partition}:events:${s.region}:${s.account}:rule/${name}`,
  logGroup: (s: Place, name: string): string => `arn:${s.partition}:logs:${s.region}:${s.account}:log-group:${name}`,
  principal: (s: Place, path: string): string => `arn:${s.partition}:iam::${s.account}:${path}`,
};

/** Source: AWS's partitions. */
const DOMAINS: Readonly<Record<string, string>> = { "aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu" };

/**
 * How SQS names a queue in its requests. Account and name decide; where a request goes is the client's matter, so this holds
 * on emulators too, and no GetQueueUrl is needed.
 */
export const queueUrl = (s: Place, name: string): string =>
  `https://sqs.${s.region}.${DOMAINS[s.partition] ?? "amazonaws.com"}/${s.account}/${name}`;

/** `metriccare_bronze_patient_dev` */
export const nameOf = (s: Pick<Scope, "project" | "env">, id: string): string => `${s.project}_${id}_${s.env}`;
/** `metriccare-raw-dev-123456789012-us-east-1`: bucket names are global, so account and region are in them. */
export const bucketNameOf = (s: Scope, id: string): string => `${s.project}-${id}-${s.env}-${s.account}-${s.region}`;
