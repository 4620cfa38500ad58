import { arn } from "../../aws/arn.ts";
import { keyOf, roleOf, uploadKey } from "../check/references.ts";
import { logPrefixOf } from "../log-groups.ts";
import type { JobConfig, Layer } from "../../services/glue/section.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";
import { UNDELIVERED_ID } from "../ids.ts";
import { keyStatement } from "./key-statement.ts";
import type { Named } from "./build.ts";

/** What each role may do, derived from who uses it: no action without a caller, no resource beyond the named ones. */

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Statements of the function's role. */
export function functionStatements(build: Named): PolicyStatement[] {
  const { names, config } = build;
  return [
    // Its own log group, which apply makes: no right to make groups.
    allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [`${names.logGroup.arn}:*`]),
    // New generations and heads of keys are put, in one transaction.
    ...ledgerStatements(build, ["dynamodb:PutItem", "dynamodb:UpdateItem"]),
    // Starts a run, and looks at the runs to see whether one is on or at its end.
    allow(
      "RunWorkflow",
      ["glue:StartWorkflowRun", "glue:GetWorkflowRun", "glue:GetWorkflowRuns"],
      [names.workflow.arn],
    ),
    // The message at the end of a run, and what waits in the queue.
    allow("PublishAlerts", ["sns:Publish"], [names.topic.arn]),
    // What it could not record waits there, put by itself or by Lambda (on-failure destination).
    allow(
      "UseQueue",
      [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
      ],
      [names.queue(UNDELIVERED_ID).arn],
    ),
    ...keyStatement(
      build.scope,
      "UseQueueKey",
      [config.queues[UNDELIVERED_ID]?.kmsKeyId],
      ["kms:Decrypt", "kms:GenerateDataKey"],
    ),
    // Each look into the queue starts the next while messages remain.
    allow("GoOn", ["lambda:InvokeFunction"], [names.function.arn]),
    ...keyStatement(build.scope, "UseTopicKey", [config.alerts.kmsKeyId], ["kms:Decrypt", "kms:GenerateDataKey"]),
  ];
}

/** Reads and conditional writes of items; what is pending comes from its index. (The index by time is the CLI's.) */
function ledgerStatements(build: Named, writes: readonly string[]): PolicyStatement[] {
  const { names, config } = build;
  return [
    allow("UseLedger", ["dynamodb:GetItem", ...writes], [names.ledger.arn]),
    allow("QueryLedger", ["dynamodb:Query"], [`${names.ledger.arn}/index/pending`]),
    ...keyStatement(build.scope, "UseLedgerKey", [config.ledger.kmsKeyId], ["kms:Decrypt"]),
  ];
}

/** Statements of a role that `jobs` use. */
export function jobStatements(build: Named, jobs: readonly (readonly [string, JobConfig])[]): PolicyStatement[] {
  const { config, names } = build;
  const written = [...new Set(jobs.map(([, job]) => job.layer))];
  const read = [...new Set(written.flatMap(before))].filter((layer) => !written.includes(layer));
  const bronze = written.includes("bronze");
  const writeBuckets = [...written, "scripts"];
  const readBuckets = [
    ...read,
    ...(bronze ? [config.function.events.bucket] : []),
    ...sourcesOf(build, jobs).map(({ bucket }) => bucket),
  ].filter((id) => !writeBuckets.includes(id));
  return [
    ...scriptStatements(build, jobs),
    ...(bronze ? [rawStatement(build)] : []),
    ...(bronze ? ledgerStatements(build, ["dynamodb:UpdateItem"]) : []),
    ...read.map((layer) => readLayer(build, layer)),
    ...written.map((layer) => writeLayer(build, layer)),
    // Hudi and Spark list folders; without it a missing key reads as "denied".
    allow(
      "ListBuckets",
      ["s3:GetBucketLocation", "s3:ListBucket"],
      [...new Set([...readBuckets, ...writeBuckets])].map((id) => names.bucket(id).arn),
    ),
    catalogStatement(build, written),
    ...logStatements(build, jobs),
    ...keyStatement(build.scope, "ReadWithKeys", keysOf(build, readBuckets), ["kms:Decrypt"]),
    ...keyStatement(build.scope, "WriteWithKeys", keysOf(build, writeBuckets), ["kms:Decrypt", "kms:GenerateDataKey"]),
    ...connectionStatements(build, jobs),
  ];
}

/** The layer that a layer is made from. */
const before = (layer: Layer): Layer[] => (layer === "gold" ? ["silver"] : layer === "silver" ? ["bronze"] : []);

const objectsOf = ({ names }: Named, id: string, prefix = ""): string => `${names.bucket(id).arn}/${prefix}*`;

/** The script itself, packages and the value set; and Glue's temporary files. */
function scriptStatements(build: Named, jobs: readonly (readonly [string, JobConfig])[]): PolicyStatement[] {
  return [
    allow(
      "ReadScripts",
      ["s3:GetObject"],
      sourcesOf(build, jobs).map(({ bucket, folder }) => objectsOf(build, bucket, folder)),
    ),
    allow(
      "UseTempDir",
      ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      [...new Set(jobs.map(([, job]) => objectsOf(build, "scripts", tempFolder(roleOf(job)))))],
    ),
  ];
}

interface Folder {
  readonly bucket: string;
  readonly folder: string;
}

/** Folders that hold what the jobs are made of; one inside another is left out. */
function sourcesOf({ config }: Named, jobs: readonly (readonly [string, JobConfig])[]): Folder[] {
  const packages = new Set(jobs.flatMap(([, job]) => job.packages));
  const keys = [
    ...jobs.map(([, job]) => ({ bucket: "scripts", key: keyOf(job.script) })),
    ...[...packages].flatMap((id) => {
      const upload = config.uploads[id];
      return upload ? [{ bucket: upload.bucket, key: uploadKey(upload) }] : [];
    }),
    ...(jobs.some(([, job]) => job.layer === "gold")
      ? [{ bucket: "scripts", key: keyOf(config.measures.haiValueSet) }]
      : []),
  ];
  const folders = keys.map(({ bucket, key }) => ({ bucket, folder: folderOf(key) }));
  const outermost = folders.filter(
    (one) =>
      !folders.some(
        (other) => other.bucket === one.bucket && other.folder !== one.folder && one.folder.startsWith(other.folder),
      ),
  );
  return [...new Map(outermost.map((one) => [`${one.bucket}/${one.folder}`, one])).values()];
}

/** Scratch space of a role's jobs: no role reads, or plants anything in, that of another. */
export const tempFolder = (role: string): string => `tmp/${role}/`;

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf("/") + 1);

/** Arrived files, by the version that the ledger names. */
function rawStatement(build: Named): PolicyStatement {
  const { bucket, prefix } = build.config.function.events;
  return allow("ReadRaw", ["s3:GetObject", "s3:GetObjectVersion"], [objectsOf(build, bucket, prefix)]);
}

const readLayer = (build: Named, layer: Layer): PolicyStatement =>
  allow(`Read${title(layer)}`, ["s3:GetObject"], [objectsOf(build, layer)]);

const writeLayer = (build: Named, layer: Layer): PolicyStatement =>
  allow(
    `Write${title(layer)}`,
    ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
    [objectsOf(build, layer)],
  );

/** Tables of the databases that it writes. Spark looks for `default` and `global_temp` at its start and makes a missing `default`. */
function catalogStatement({ scope, names }: Named, layers: readonly Layer[]): PolicyStatement {
  const databases = layers.map((layer) => names.database(layer).name);
  return allow(
    "SyncCatalog",
    [
      "glue:BatchCreatePartition",
      "glue:BatchDeletePartition",
      "glue:BatchGetPartition",
      "glue:CreateDatabase",
      "glue:CreateTable",
      "glue:GetDatabase",
      "glue:GetDatabases",
      "glue:GetPartition",
      "glue:GetPartitionIndexes",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
      "glue:GetUserDefinedFunctions",
      "glue:UpdatePartition",
      "glue:UpdateTable",
    ],
    [
      arn.glueCatalog(scope),
      ...[...databases, "default", "global_temp"].map((name) => arn.glue(scope, "database", name)),
      ...databases.map((name) => arn.glueTable(scope, name, "*")),
      ...[...databases, "default"].map((name) =>
        arn.glueCatalog(scope).replace(/catalog$/, `userDefinedFunction/${name}/*`),
      ),
    ],
  );
}

/** The log groups that the jobs write to, whichever these are; metrics have no resource to name, so the namespace bounds them. */
function logStatements(
  { config, names, scope }: Named,
  jobs: readonly (readonly [string, JobConfig])[],
): PolicyStatement[] {
  const groups = [...new Set(jobs.map(([id]) => `${logPrefixOf(config, names, id)}/*`))];
  return [
    allow(
      "WriteLogs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      groups.map((group) => arn.logGroup(scope, group)),
    ),
    {
      ...allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"]),
      Condition: { StringEquals: { "cloudwatch:namespace": "Glue" } },
    },
  ];
}

function connectionStatements({ scope }: Named, jobs: readonly (readonly [string, JobConfig])[]): PolicyStatement[] {
  const names = [...new Set(jobs.flatMap(([, job]) => job.connections))];
  if (names.length === 0) return [];
  const base = arn.glueCatalog(scope).replace(/catalog$/, "connection/");
  return [
    allow("UseConnections", ["glue:GetConnection"], [arn.glueCatalog(scope), ...names.map((name) => `${base}${name}`)]),
  ];
}

const keysOf = ({ config }: Named, buckets: readonly string[]): (string | undefined)[] =>
  buckets.map((id) => {
    const encryption = config.buckets[id]?.encryption;
    return encryption?.algorithm === "aws:kms" ? encryption.kmsKeyId : undefined;
  });

/** Jobs of a role, by key. */
export const jobsOf = ({ config }: Named, role: string): (readonly [string, JobConfig])[] =>
  Object.entries(config.jobs).filter(([, job]) => roleOf(job) === role);
