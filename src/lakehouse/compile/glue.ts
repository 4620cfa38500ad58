import type { Desired } from "../../engine/types.ts";
import { keyOf, roleOf, uploadKey } from "../check/references.ts";
import { ttlOn } from "../../services/dynamodb/section.ts";
import { LOG_PREFIX_ARGUMENT, logPrefixOf } from "../log-groups.ts";
import type { DatabaseProps, JobProps, TriggerAction, TriggerProps, WorkflowProps } from "../../services/glue/props.ts";
import type { JobConfig, TriggerConfig } from "../../services/glue/section.ts";
import { predicateOf } from "../../services/glue/trigger.ts";
import { WORKFLOW_ID } from "../naming.ts";
import { textMap } from "../../services/parts.ts";
import { type Build, resource, tagsOf } from "./build.ts";
import { tempFolder } from "./policies.ts";
import { valueSetKey } from "./storage.ts";

const bucketUrl = ({ names }: Build, id: string): string => `s3://${names.bucket(id).name}/`;

/** Arguments that every job gets. Lower case with _: ours; the others are Glue's own. */
function common(build: Build, id: string, job: JobConfig): Record<string, string> {
  const { config, names, scope } = build;
  const scripts = bucketUrl(build, "scripts");
  const conf = [
    "spark.serializer=org.apache.spark.serializer.KryoSerializer",
    "spark.sql.session.timeZone=UTC",
    // Without it the S3 connector of Glue 5.1 and later takes us-east-2.
    ...(["5.1", "6.0"].includes(job.glueVersion) ? [`spark.hadoop.fs.s3a.endpoint.region=${scope.region}`] : []),
  ];
  const packages = job.packages.flatMap((id) => {
    const upload = config.uploads[id];
    return upload ? [`${bucketUrl(build, upload.bucket)}${uploadKey(upload)}`] : [];
  });
  return {
    "--datalake-formats": "hudi",
    "--enable-glue-datacatalog": "true",
    "--conf": conf.join(" --conf "),
    ...(packages.length > 0 ? { "--extra-py-files": packages.join(",") } : {}),
    // The ledger does that work.
    "--job-bookmark-option": "job-bookmark-disable",
    "--enable-metrics": "true",
    "--TempDir": `${scripts}${tempFolder(roleOf(job))}`,
    "--environment": scope.env,
    ...(logPrefixOf(config, names, id) === names.jobLogs ? { [LOG_PREFIX_ARGUMENT]: names.jobLogs } : {}),
  };
}

function layerArguments(build: Build, job: JobConfig): Record<string, string> {
  const { config, names } = build;
  const place = (layer: string): Record<string, string> => ({
    [`--${layer}_path`]: bucketUrl(build, layer),
    [`--${layer}_database`]: names.database(layer).name,
  });
  const dataset: Record<string, string> = job.dataset ? { "--dataset": job.dataset } : {};
  if (job.layer === "bronze") {
    const { ledger } = config;
    return {
      ...dataset,
      "--ledger_table": names.ledger.name,
      "--ledger_hash_key": ledger.hashKey,
      ...(ttlOn(ledger)
        ? { "--ledger_ttl_attribute": ledger.ttlAttribute, "--ledger_ttl_days": String(ledger.ttlDays) }
        : {}),
      "--max_files_per_run": "1000",
      ...readingArguments(build),
      "--aws_region": build.scope.region,
      // boto3 names it with every call to S3. Spark's own connector (S3A, EMRFS) has no such setting.
      "--bucket_owner": build.scope.account,
      ...place("bronze"),
    };
  }
  if (job.layer === "silver") return { ...dataset, ...place("bronze"), ...place("silver") };
  return { ...place("silver"), ...place("gold"), ...measureArguments(build) };
}

/** Limits of the readers; and the key of the raw bucket, which concerns all files when it is refused. */
function readingArguments({ config }: Build): Record<string, string> {
  const { reading, function: receiver, buckets } = config;
  const encryption = buckets[receiver.events.bucket]?.encryption;
  const key = encryption?.algorithm === "aws:kms" ? encryption.kmsKeyId : undefined;
  return {
    "--max_line_megabytes": String(reading.maxLineMegabytes),
    "--max_bundle_megabytes": String(reading.maxBundleMegabytes),
    "--max_object_megabytes": String(reading.maxObjectMegabytes),
    ...(key ? { "--raw_kms_key": key } : {}),
  };
}

/** An argument without a value may get lost on its way to the script: the empty list is a comma. */
const listed = (words: readonly string[]): string => words.join(",") || ",";

function measureArguments(build: Build): Record<string, string> {
  const { measures } = build.config;
  return {
    "--as_of": measures.asOf,
    "--time_zone": measures.timeZone,
    "--inpatient_classes": listed(measures.inpatientClasses),
    "--planned_priorities": listed(measures.plannedPriorities),
    "--icd10_systems": listed(measures.icd10Systems),
    "--hai_value_set": `${bucketUrl(build, "scripts")}${valueSetKey(build)}`,
  };
}

/** The Glue jobs. */
export function jobs(build: Build): Desired[] {
  const { config, names } = build;
  return Object.entries(config.jobs).map(([id, job]) =>
    resource<JobProps>(
      { kind: "glue.job", id, name: names.job(id).name },
      {
        description: job.description,
        roleArn: names.role(roleOf(job)).arn,
        command: "glueetl",
        scriptLocation: `${bucketUrl(build, "scripts")}${keyOf(job.script)}`,
        pythonVersion: "3",
        glueVersion: job.glueVersion,
        workerType: job.workerType,
        numberOfWorkers: job.numberOfWorkers,
        timeoutMinutes: job.timeout,
        maxRetries: job.maxRetries,
        maxConcurrentRuns: job.maxConcurrentRuns,
        executionClass: job.executionClass,
        queuing: job.queuing,
        arguments: { ...common(build, id, job), ...layerArguments(build, job), ...textMap(job.arguments) },
        nonOverridableArguments: textMap(job.nonOverridableArguments),
        connections: job.connections,
        securityConfiguration: job.securityConfiguration ?? null,
        notifyDelayAfterMinutes: job.notifyDelayAfter ?? null,
        maintenanceWindow: job.maintenanceWindow ?? null,
      },
      tagsOf(build, job.tags),
    ),
  );
}

/** Databases of the catalog. */
export function databases(build: Build): Desired[] {
  const { config, names } = build;
  return Object.entries(config.databases).map(([id, database]) =>
    resource<DatabaseProps>(
      { kind: "glue.database", id, name: names.database(id).name },
      {
        description: database.description,
        locationUri: database.locationUri ?? (Object.hasOwn(config.buckets, id) ? bucketUrl(build, id) : null),
      },
      tagsOf(build, database.tags),
    ),
  );
}

/** The workflow and its triggers. */
export function workflow(build: Build): Desired[] {
  const { config, names } = build;
  const { workflow: one } = config;
  const own = resource<WorkflowProps>(
    { kind: "glue.workflow", id: WORKFLOW_ID, name: names.workflow.name },
    {
      description: one.description,
      maxConcurrentRuns: one.maxConcurrentRuns,
      defaultRunProperties: textMap(one.defaultRunProperties),
    },
    tagsOf(build, one.tags),
  );
  const triggers = Object.entries(one.triggers).map(([id, trigger]) =>
    resource<TriggerProps>(
      { kind: "glue.trigger", id, name: names.trigger(id).name },
      triggerProps(build, trigger),
      tagsOf(build, trigger.tags),
    ),
  );
  return [own, ...triggers];
}

const TYPES = { on_demand: "ON_DEMAND", scheduled: "SCHEDULED", conditional: "CONDITIONAL", event: "EVENT" } as const;

function triggerProps({ names }: Build, trigger: TriggerConfig): TriggerProps {
  const conditions = [
    ...(trigger.after ?? []).map((job) => ({ job, state: "SUCCEEDED" })),
    ...(trigger.predicate?.conditions ?? []),
  ].map(({ job, state }) => ({ job: names.job(job).name, state }));
  const type = TYPES[trigger.type];
  return {
    workflow: names.workflow.name,
    type,
    description: trigger.description,
    schedule: trigger.schedule ?? null,
    predicate: predicateOf(trigger.predicate?.logical ?? "AND", conditions),
    actions: Object.fromEntries(
      trigger.actions.map((action): [string, TriggerAction] => {
        const one = typeof action === "string" ? { job: action, arguments: {} } : action;
        return [
          names.job(one.job).name,
          {
            arguments: textMap(one.arguments),
            timeoutMinutes: ("timeout" in one ? one.timeout : undefined) ?? null,
            securityConfiguration: ("securityConfiguration" in one ? one.securityConfiguration : undefined) ?? null,
            notifyDelayAfterMinutes: ("notifyDelayAfter" in one ? one.notifyDelayAfter : undefined) ?? null,
          },
        ];
      }),
    ),
    batch: type === "EVENT" ? { size: trigger.batchSize, windowSeconds: trigger.batchWindow } : null,
    enabled: type === "CONDITIONAL" || type === "SCHEDULED" ? trigger.enabled : true,
  };
}
