import { crawlerTargets } from "../services/glue/declare-crawler.ts";
import { namedBy } from "../services/glue/crawler-targets.ts";
import type { PolicyStatement } from "../services/iam/props.ts";
import { keyStatement } from "../services/kms-statement.ts";
import type { Expansion } from "./expansion.ts";
import type { LakehouseConfig } from "./schema.ts";
import { s3Arn } from "../services/s3/arn.ts";
import { logsArn } from "../services/logs/arn.ts";
import { glueArn } from "../services/glue/arn.ts";
import { dynamodbArn } from "../services/dynamodb/arn.ts";

type Job = LakehouseConfig["jobs"][string];
type Crawler = LakehouseConfig["crawlers"][string];

/** What crawlers, connections and security configurations ask of the role that uses them. */

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement[] =>
  Resource.length === 0 ? [] : [{ Sid, Effect: "Allow", Action, Resource: [...new Set(Resource)] }];

/** Where crawlers write their logs: Glue has no other place for them. */
const CRAWL_LOGS = "/aws-glue/crawlers";

/** ARNs of the buckets and of the objects that paths in S3 name. */
function objects({ scope }: Expansion, paths: readonly string[]): { buckets: string[]; keys: string[] } {
  const places = paths.flatMap((path) => {
    const [, bucket, key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    return bucket === undefined ? [] : [{ bucket: s3Arn.bucket(scope, bucket), key }];
  });
  return {
    buckets: places.map(({ bucket }) => bucket),
    keys: places.map(({ bucket, key }) => `${bucket}/${key}*`),
  };
}

/** Keys of our buckets that these ARNs name. */
const keysOf = ({ config, names }: Expansion, buckets: readonly string[]): (string | undefined)[] =>
  Object.entries(config.buckets).flatMap(([id, { encryption }]) =>
    buckets.includes(names.bucket(id).arn) && encryption.algorithm === "aws:kms" ? [encryption.kmsKeyId] : [],
  );

function catalogStatements(all: Expansion, crawlers: readonly Crawler[]): PolicyStatement[] {
  const { scope, names } = all;
  const named = crawlers.flatMap(({ database, targets }) => [
    ...(database === undefined ? [] : [database]),
    ...targets.catalog.map((one) => one.database),
  ]);
  const databases = named.map((one) => names.database(one).name);
  const deletes = crawlers.some(({ schemaChangePolicy }) => schemaChangePolicy.delete === "DELETE_FROM_DATABASE");
  return allow(
    "WriteCatalog",
    [
      "glue:BatchCreatePartition",
      "glue:BatchGetPartition",
      "glue:CreatePartition",
      "glue:CreateTable",
      "glue:GetDatabase",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
      "glue:UpdatePartition",
      "glue:UpdateTable",
      ...(deletes ? ["glue:BatchDeletePartition", "glue:DeletePartition", "glue:DeleteTable"] : []),
    ],
    databases.length === 0
      ? []
      : [
          glueArn.catalog(scope),
          ...databases.map((name) => glueArn.of(scope, "database", name)),
          ...databases.map((name) => glueArn.table(scope, name, "*")),
        ],
  );
}

/** Connections: the connection, the secret that it names and the network that it leads into. Source: AWSGlueServiceRole. */
function connectionStatements(all: Expansion, references: readonly string[]): PolicyStatement[] {
  const { config, names, scope } = all;
  const own = references.flatMap((id) => config.connections[id] ?? []);
  const secrets = own.flatMap(({ properties, authentication }) => [
    ...(properties.SECRET_ID === undefined ? [] : [String(properties.SECRET_ID)]),
    ...(authentication?.secretArn === undefined ? [] : [authentication.secretArn]),
  ]);
  // Secrets Manager ends the ARN of a secret with six characters of its own.
  const secretArn = (one: string): string =>
    one.startsWith("arn:")
      ? one
      : `arn:${scope.partition}:secretsmanager:${scope.region}:${scope.account}:secret:${one}-??????`;
  return [
    ...allow(
      "UseConnections",
      ["glue:GetConnection"],
      references.length === 0
        ? []
        : [glueArn.catalog(scope), ...references.map((one) => names.named("connections", one).arn)],
    ),
    ...allow("ReadSecrets", ["secretsmanager:GetSecretValue"], secrets.map(secretArn)),
    ...(own.some(({ network }) => network !== undefined) ? networkStatements() : []),
  ];
}

function networkStatements(): PolicyStatement[] {
  const describe = ["NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "VpcAttribute", "VpcEndpoints"];
  return [
    ...allow(
      "JoinNetwork",
      ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", ...describe.map((what) => `ec2:Describe${what}`)],
      ["*"],
    ),
    {
      Sid: "TagInterfaces",
      Effect: "Allow",
      Action: ["ec2:CreateTags", "ec2:DeleteTags"],
      Resource: ["*"],
      Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } },
    },
  ];
}

/** Keys of the security configurations that these name. Source: Glue, "Encrypting data written by AWS Glue". */
function securityStatements(all: Expansion, references: readonly (string | undefined)[]): PolicyStatement[] {
  const { config, scope } = all;
  const own = references.flatMap((id) => (id === undefined ? [] : (config.securityConfigurations[id] ?? [])));
  const keys = own.flatMap(({ s3, cloudWatch, jobBookmarks, dataQuality }) =>
    [s3, cloudWatch, jobBookmarks, dataQuality].map(({ kmsKeyArn }) => kmsKeyArn),
  );
  return [
    ...keyStatement(scope, "EncryptWithKeys", keys, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
    ...(own.some(({ cloudWatch }) => cloudWatch.mode !== "DISABLED")
      ? allow("EncryptLogs", ["logs:AssociateKmsKey"], [logsArn.group(scope, "/aws-glue/*")])
      : []),
  ];
}

/** What jobs of a role need beside the data that they work on. */
export function jobExtras(all: Expansion, jobs: readonly (readonly [string, Job])[]): PolicyStatement[] {
  const { names } = all;
  const events = jobs.flatMap(([, { sparkUi }]) =>
    sparkUi === undefined
      ? []
      : [
          sparkUi.url ??
            `s3://${sparkUi.bucket === undefined ? "" : names.bucket(sparkUi.bucket).name}/${sparkUi.prefix}`,
        ],
  );
  const { buckets, keys } = objects(all, events);
  const own = [...new Set(jobs.flatMap(([, job]) => job.connections))].filter((id) => all.config.connections[id]);
  return [
    ...allow("WriteSparkUi", ["s3:PutObject"], keys),
    ...keyStatement(all.scope, "WriteSparkUiWithKeys", keysOf(all, buckets), ["kms:GenerateDataKey"]),
    ...connectionStatements(all, own).filter(({ Sid }) => Sid !== "UseConnections"),
    ...securityStatements(
      all,
      jobs.map(([, job]) => job.securityConfiguration),
    ),
  ];
}

/** Statements of a role that crawlers run under. */
export function crawlerStatements(all: Expansion, role: string): PolicyStatement[] {
  const { config, names, scope } = all;
  const crawlers = Object.values(config.crawlers).filter((one) => one.role === role);
  if (crawlers.length === 0) return [];
  const targets = crawlers.map((one) => crawlerTargets({ named: names.named }, one.targets));
  const named = targets.map(namedBy);
  const { buckets, keys } = objects(
    all,
    named.flatMap(({ paths }) => paths),
  );
  const manifests = objects(
    all,
    targets.flatMap(({ delta }) => delta.flatMap((one) => (one.writeManifest ? one.tables : []))),
  );
  const references = crawlers.flatMap(({ targets: of }) =>
    [...of.s3, ...of.jdbc, ...of.mongodb, ...of.catalog, ...of.delta, ...of.iceberg, ...of.hudi].flatMap(
      ({ connection }) => connection ?? [],
    ),
  );
  return [
    ...allow("ReadTargets", ["s3:GetObject"], keys),
    ...allow("WriteManifests", ["s3:PutObject"], manifests.keys),
    ...allow("ListTargets", ["s3:GetBucketLocation", "s3:ListBucket"], buckets),
    ...allow(
      "ReadTables",
      ["dynamodb:DescribeTable", "dynamodb:Scan"],
      named.flatMap(({ tables }) => tables.map((name) => dynamodbArn.table(scope, name))),
    ),
    ...allow(
      "HearOfObjects",
      ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"],
      named.flatMap(({ queues }) => queues),
    ),
    ...catalogStatements(all, crawlers),
    ...allow(
      "WriteCrawlLogs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      [CRAWL_LOGS, `${CRAWL_LOGS}:*`].map((group) => logsArn.group(scope, group)),
    ),
    ...keyStatement(scope, "ReadTargetsWithKeys", keysOf(all, buckets), ["kms:Decrypt"]),
    ...connectionStatements(all, [...new Set(references)]),
    ...securityStatements(
      all,
      crawlers.map((one) => one.securityConfiguration),
    ),
  ];
}
