import { uploadKey } from "../services/s3/keys.ts";
import { keyOf } from "../services/s3/keys.ts";
import type { Expansion } from "./expansion.ts";
import { layerUrl, usedLayers } from "./layers.ts";
import { LOG_PREFIX_ARGUMENT, logPrefixOf } from "./log-groups.ts";
import { qualityArguments } from "./quality.ts";
import { tempFolder } from "./rights.ts";
import { type JobConfig, type Layer, ttlOn } from "./sections.ts";
import { STRATA } from "./strata.ts";

type Arguments = Record<string, string>;

const bucketUrl = ({ names }: Expansion, id: string): string => `s3://${names.bucket(id).name}/`;

/** Arguments that every job gets. Lower case with _: ours; the others are Glue's own. */
function common(all: Expansion, id: string, job: JobConfig & { role: string; packages: string[] }): Arguments {
  const { config, names, scope } = all;
  const conf = [
    "spark.serializer=org.apache.spark.serializer.KryoSerializer",
    "spark.sql.session.timeZone=UTC",
    // Without it the S3 connector of Glue 5.1 and later takes us-east-2.
    ...(["5.1", "6.0"].includes(job.glueVersion ?? "") ? [`spark.hadoop.fs.s3a.endpoint.region=${scope.region}`] : []),
  ];
  const ownLogs: Arguments =
    logPrefixOf(config, names, id) === names.jobLogs ? { [LOG_PREFIX_ARGUMENT]: names.jobLogs } : {};
  // Spark's arguments would reach a Python shell job's script, which does not know them.
  if (job.layer === undefined || job.type === "pythonshell")
    return { ...packagesArgument(all, job), "--environment": scope.env, ...ownLogs };
  return {
    "--datalake-formats": "hudi",
    "--enable-glue-datacatalog": "true",
    "--conf": conf.join(" --conf "),
    ...packagesArgument(all, job),
    // The ledger does that work.
    "--job-bookmark-option": "job-bookmark-disable",
    "--enable-metrics": "true",
    "--TempDir": `${bucketUrl(all, config.scriptsBucket)}${tempFolder(job.role)}`,
    "--environment": scope.env,
    ...ownLogs,
  };
}

function packagesArgument(all: Expansion, { packages }: { readonly packages: readonly string[] }): Arguments {
  const urls = packages.flatMap((id) => {
    const upload = all.config.uploads[id];
    return upload ? [`${bucketUrl(all, upload.bucket)}${uploadKey(upload)}`] : [];
  });
  return urls.length > 0 ? { "--extra-py-files": urls.join(",") } : {};
}

/** The layer's database; where others share it, with what its tables' names begin with there. */
function catalogOf({ config, names }: Expansion, layer: Layer): string {
  const { database } = config.layers[layer];
  const shared = usedLayers(config).some((other) => other !== layer && config.layers[other].database === database);
  const { name } = names.database(database);
  return shared ? `${name}.${layer}_` : name;
}

function layerArguments(all: Expansion, job: JobConfig): Arguments {
  const { config } = all;
  const place = (layer: Layer): Arguments => ({
    [`--${layer}_path`]: layerUrl(all, layer),
    [`--${layer}_database`]: catalogOf(all, layer),
  });
  const dataset: Arguments = job.dataset ? { "--dataset": job.dataset } : {};
  if (job.layer === undefined) return dataset;
  if (job.layer === "silver") return { ...dataset, ...place("bronze"), ...place("silver") };
  const measure: Arguments = job.measure ? { "--measure": job.measure } : {};
  if (job.layer === "gold") return { ...measure, ...place("silver"), ...place("gold"), ...measureArguments(all) };
  return {
    ...dataset,
    ...(config.made.includes("ledger") ? ledgerArguments(all) : {}),
    "--max_files_per_run": "1000",
    ...readingArguments(all),
    "--aws_region": all.scope.region,
    // boto3 names it with every call to S3. Spark's own connector (S3A, EMRFS) has no such setting.
    "--bucket_owner": all.scope.account,
    ...place("bronze"),
  };
}

const ledgerArguments = ({ config: { ledger }, names }: Expansion): Arguments => ({
  "--ledger_table": names.ledger.name,
  "--ledger_hash_key": ledger.hashKey,
  ...(ttlOn(ledger)
    ? { "--ledger_ttl_attribute": ledger.ttlAttribute, "--ledger_ttl_days": String(ledger.ttlDays) }
    : {}),
});

/** Limits of the readers; and the key of the raw bucket, which concerns all files when it is refused. */
function readingArguments({ config }: Expansion): Arguments {
  const { reading, function: receiver, buckets } = config;
  const encryption = buckets[receiver.events.bucket]?.encryption;
  const key = encryption && encryption.algorithm !== "AES256" ? encryption.kmsKeyId : undefined;
  return {
    "--max_line_megabytes": String(reading.maxLineMegabytes),
    "--max_bundle_megabytes": String(reading.maxBundleMegabytes),
    "--max_object_megabytes": String(reading.maxObjectMegabytes),
    ...(key ? { "--raw_kms_key": key } : {}),
  };
}

/** An argument without a value may get lost on its way to the script: the empty list is a comma. */
const listed = (words: readonly string[]): string => words.join(",") || ",";

function measureArguments(all: Expansion): Arguments {
  const { measures, scriptsBucket } = all.config;
  return {
    "--as_of": measures.asOf,
    "--time_zone": measures.timeZone,
    "--inpatient_classes": listed(measures.inpatientClasses),
    "--planned_priorities": listed(measures.plannedPriorities),
    "--icd10_systems": listed(measures.icd10Systems),
    "--hai_value_set": `${bucketUrl(all, scriptsBucket)}${keyOf(measures.haiValueSet)}`,
    ...strataArguments(measures),
  };
}

/** Without strata the jobs have the arguments that they had before there were any. */
function strataArguments({ strata, ageBands }: Expansion["config"]["measures"]): Arguments {
  if (strata.length === 0) return {};
  return {
    "--strata": STRATA.filter((one) => strata.includes(one)).join(","),
    ...(strata.includes("age") ? { "--age_bands": ageBands.join(",") } : {}),
  };
}

/** All arguments of a job: the standard ones of its layer, then its own, which add to them, stand in their place or take them away. */
export function jobArguments(all: Expansion, id: string): JobConfig["arguments"] {
  const job = all.config.jobs[id];
  if (!job) return {};
  const merged = {
    ...common(all, id, job),
    ...layerArguments(all, job),
    ...qualityArguments(all.config, job, `${all.config.project}/${all.scope.env}`),
    ...job.arguments,
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}
