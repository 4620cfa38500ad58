import type { PolicyStatement } from "../services/iam/props.ts";
import { keyStatement } from "../services/kms-statement.ts";
import { keyOf, uploadKey } from "../services/s3/keys.ts";
import type { Expansion } from "./expansion.ts";
import { UNDELIVERED_ID } from "./ids.ts";
import { before } from "./layers.ts";
import { QUALITY_METRICS, tellsRuns } from "./quality.ts";
import { logPrefixOf } from "./log-groups.ts";
import type { LakehouseConfig } from "./schema.ts";
import type { Layer } from "./sections.ts";
import { logsArn } from "../services/logs/arn.ts";
import { glueArn } from "../services/glue/arn.ts";

type Job = LakehouseConfig["jobs"][string];
type Jobs = readonly (readonly [string, Job])[];

/** What each role may do, derived from who uses it: no action without a caller, no resource beyond the named ones. */

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Statements of the function's role. */
export function functionStatements(build: Expansion): PolicyStatement[] {
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
function ledgerStatements(build: Expansion, writes: readonly string[]): PolicyStatement[] {
  const { names, config } = build;
  return [
    allow("UseLedger", ["dynamodb:GetItem", ...writes], [names.ledger.arn]),
    allow("QueryLedger", ["dynamodb:Query"], [`${names.ledger.arn}/index/pending`]),
    ...keyStatement(build.scope, "UseLedgerKey", [config.ledger.kmsKeyId], ["kms:Decrypt"]),
  ];
}

/** Statements of a role that `jobs` use. What a job without a layer works on is its own affair. */
export function jobStatements(build: Expansion, jobs: Jobs): PolicyStatement[] {
  const { config } = build;
  const written = [...new Set(jobs.flatMap(([, job]) => job.layer ?? []))];
  const read = [...new Set(written.flatMap(before))].filter((layer) => !written.includes(layer));
  const bronze = written.includes("bronze");
  const places = (layers: readonly Layer[]): string[] => layers.map((layer) => config.layers[layer].bucket);
  const tells = tellsRuns(config, jobs);
  const keeps = written.includes("gold") && !written.includes("silver");
  const writeBuckets = [
    ...new Set([
      ...places(written),
      ...(keeps ? places(["silver"]) : []),
      ...(needsTemp(jobs) ? [config.scriptsBucket] : []),
    ]),
  ];
  const readBuckets = [
    ...places(read),
    ...(bronze ? [config.function.events.bucket] : []),
    ...sourcesOf(build, jobs).map(({ bucket }) => bucket),
  ].filter((id) => !writeBuckets.includes(id));
  return [
    ...scriptStatements(build, jobs),
    ...(bronze ? [rawStatement(build)] : []),
    ...(bronze && config.made.includes("ledger") ? ledgerStatements(build, ["dynamodb:UpdateItem"]) : []),
    ...read.map((layer) => readLayer(build, layer)),
    ...written.map((layer) => writeLayer(build, layer)),
    ...(keeps ? [keepStays(build)] : []),
    ...(written.includes("gold") ? [runStatement(build, tells)] : []),
    ...(tells ? [QUALITY_METRICS] : []),
    ...listStatements(build, [...new Set([...readBuckets, ...writeBuckets])]),
    ...(written.length > 0 ? [catalogStatement(build, written)] : []),
    ...logStatements(build, jobs),
    ...keyStatement(build.scope, "ReadWithKeys", keysOf(build, readBuckets), ["kms:Decrypt"]),
    ...keyStatement(build.scope, "WriteWithKeys", keysOf(build, writeBuckets), ["kms:Decrypt", "kms:GenerateDataKey"]),
    ...connectionStatements(build, jobs),
  ];
}

/** Scratch space is an argument of jobs with a layer. */
const needsTemp = (jobs: Jobs): boolean => jobs.some(([, job]) => job.layer !== undefined);

/** Hudi and Spark list folders; without it a missing key reads as "denied". */
const listStatements = ({ names }: Expansion, buckets: readonly string[]): PolicyStatement[] =>
  buckets.length === 0
    ? []
    : [
        allow(
          "ListBuckets",
          ["s3:GetBucketLocation", "s3:ListBucket"],
          buckets.map((id) => names.bucket(id).arn),
        ),
      ];

const objectsOf = ({ names }: Expansion, id: string, prefix = ""): string => `${names.bucket(id).arn}/${prefix}*`;

/** The script itself, packages and the value set; and Glue's temporary files. */
function scriptStatements(build: Expansion, jobs: Jobs): PolicyStatement[] {
  const sources = sourcesOf(build, jobs).map(({ bucket, folder }) => objectsOf(build, bucket, folder));
  const layered = jobs.filter(([, job]) => job.layer !== undefined);
  const temp = layered.map(([, job]) => objectsOf(build, build.config.scriptsBucket, tempFolder(job.role)));
  return [
    ...(sources.length > 0 ? [allow("ReadScripts", ["s3:GetObject"], sources)] : []),
    ...(temp.length > 0
      ? [allow("UseTempDir", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [...new Set(temp)])]
      : []),
  ];
}

interface Folder {
  readonly bucket: string;
  readonly folder: string;
}

/** Folders that hold what the jobs are made of; one inside another is left out. */
function sourcesOf({ config }: Expansion, jobs: Jobs): Folder[] {
  const packages = new Set(jobs.flatMap(([, job]) => job.packages));
  const keys = [
    ...jobs.flatMap(([, { script }]) => scriptPlace(config, script)),
    ...[...packages].flatMap((id) => {
      const upload = config.uploads[id];
      return upload ? [{ bucket: upload.bucket, key: uploadKey(upload) }] : [];
    }),
    ...(jobs.some(([, job]) => job.layer === "gold")
      ? [{ bucket: config.scriptsBucket, key: keyOf(config.measures.haiValueSet) }]
      : []),
  ];
  const all = keys.map(({ bucket, key }) => ({ bucket, folder: folderOf(key) }));
  const folders = [...new Map(all.map((one) => [`${one.bucket}/${one.folder}`, one])).values()];
  return folders.filter(
    (one) =>
      !folders.some(
        (other) => other.bucket === one.bucket && other.folder !== one.folder && one.folder.startsWith(other.folder),
      ),
  );
}

/** A script of the project lies where apply puts it; one that lies elsewhere is named by its URL. */
function scriptPlace({ scriptsBucket }: LakehouseConfig, script: string): { bucket: string; key: string }[] {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(script) ?? [];
  return [bucket === undefined || key === undefined ? { bucket: scriptsBucket, key: keyOf(script) } : { bucket, key }];
}

/** Folder of the jobs' own table of stays, in Silver's place (`stays_table.py`). */
const STAYS = "stays";

/** Scratch space of a role's jobs: no role reads, or plants anything in, that of another. */
export const tempFolder = (role: string): string => `tmp/${role}/`;

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf("/") + 1);

/** Arrived files, by the version that the ledger names. */
function rawStatement(build: Expansion): PolicyStatement {
  const { bucket, prefix } = build.config.function.events;
  return allow("ReadRaw", ["s3:GetObject", "s3:GetObjectVersion"], [objectsOf(build, bucket, prefix)]);
}

const layerObjects = (build: Expansion, layer: Layer): string => {
  const { bucket, prefix } = build.config.layers[layer];
  return objectsOf(build, bucket, prefix);
};

const readLayer = (build: Expansion, layer: Layer): PolicyStatement =>
  allow(`Read${title(layer)}`, ["s3:GetObject"], [layerObjects(build, layer)]);

const WRITES = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"];

const writeLayer = (build: Expansion, layer: Layer): PolicyStatement =>
  allow(`Write${title(layer)}`, WRITES, [layerObjects(build, layer)]);

/** Whether the run was asked to compute all anew; and what the quality checks say of it. */
const runStatement = ({ config, names }: Expansion, tells: boolean): PolicyStatement =>
  allow(
    "ReadRun",
    ["glue:GetWorkflowRunProperties", ...(tells ? ["glue:PutWorkflowRunProperties"] : [])],
    [names.workflow.arn, ...Object.keys(config.workflows).map((id) => names.named("workflows", id).arn)],
  );

/** What Gold's jobs keep of each person between runs lies beside Silver's tables: it has patients' ids, Gold has none. */
function keepStays(build: Expansion): PolicyStatement {
  const { bucket, prefix } = build.config.layers.silver;
  return allow("KeepStays", WRITES, [objectsOf(build, bucket, `${prefix}${STAYS}/`)]);
}

/** Tables of the databases that it writes. Spark looks for `default` and `global_temp` at its start and makes a missing `default`. */
function catalogStatement({ config, scope, names }: Expansion, layers: readonly Layer[]): PolicyStatement {
  const databases = [...new Set(layers.map((layer) => names.database(config.layers[layer].database).name))];
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
      glueArn.catalog(scope),
      ...[...databases, "default", "global_temp"].map((name) => glueArn.of(scope, "database", name)),
      ...databases.map((name) => glueArn.table(scope, name, "*")),
      ...[...databases, "default"].map((name) =>
        glueArn.catalog(scope).replace(/catalog$/, `userDefinedFunction/${name}/*`),
      ),
    ],
  );
}

/** The log groups that the jobs write to, whichever these are; metrics have no resource to name, so the namespace bounds them. */
function logStatements({ config, names, scope }: Expansion, jobs: Jobs): PolicyStatement[] {
  const groups = [...new Set(jobs.map(([id]) => `${logPrefixOf(config, names, id)}/*`))];
  return [
    allow(
      "WriteLogs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      groups.map((group) => logsArn.group(scope, group)),
    ),
    {
      ...allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"]),
      Condition: { StringEquals: { "cloudwatch:namespace": "Glue" } },
    },
  ];
}

function connectionStatements({ scope, names }: Expansion, jobs: Jobs): PolicyStatement[] {
  const used = [...new Set(jobs.flatMap(([, job]) => job.connections))];
  if (used.length === 0) return [];
  const arns = used.map((one) => names.named("connections", one).arn);
  return [allow("UseConnections", ["glue:GetConnection"], [glueArn.catalog(scope), ...arns])];
}

const keysOf = ({ config }: Expansion, buckets: readonly string[]): (string | undefined)[] =>
  buckets.map((id) => {
    const encryption = config.buckets[id]?.encryption;
    return encryption && encryption.algorithm !== "AES256" ? encryption.kmsKeyId : undefined;
  });

/** Jobs of a role, by key. */
export const jobsOf = ({ config }: Expansion, role: string): (readonly [string, Job])[] =>
  Object.entries(config.jobs).filter(([, job]) => job.role === role);

/** Statements of a role that further functions run under: their logs. */
export function furtherStatements(build: Expansion, role: string): PolicyStatement[] {
  const { config, names, scope } = build;
  const own = Object.entries(config.functions).filter(([, one]) => one.existing === undefined && one.role === role);
  if (own.length === 0) return [];
  const groups = own.map(([id]) => `${logsArn.group(scope, `/aws/lambda/${names.named("functions", id).name}`)}:*`);
  return [allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], groups)];
}
