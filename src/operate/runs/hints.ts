/** Known failures of Glue and Hudi runs: what a text in the cause or the log means here, and what to do. */
export interface Hint {
  readonly id: string;
  readonly match: RegExp;
  readonly means: string;
  readonly fix: string;
}

export const HINTS: readonly Hint[] = [
  {
    id: "role_trust",
    match: /should be given assume role permissions for Glue Service/i,
    means: "The job's role does not trust glue.amazonaws.com; CreateJob does not check that.",
    fix: "run apply again (it restores the trust policy), wait some seconds, run the workflow",
  },
  {
    id: "role_missing_action",
    match: /is not authorized to perform:? ?([\w:]+)/i,
    means: "The job's role lacks an action that the script needs.",
    fix: "add the action under roles.<id> in the config, apply, then run-workflow --resume",
  },
  {
    id: "s3_denied",
    match: /AccessDenied|Access Denied|\b403\b.*(S3|s3a|amazonaws)/,
    means:
      "S3 refused the job: the role lacks s3 rights on that bucket or prefix, a bucket policy denies it, or a KMS key is not allowed.",
    fix: "compare roles.<id> in the config with the bucket in the message; diff shows drift",
  },
  {
    id: "script_missing",
    match:
      /(Invalid\s+S3|Error downloading|Unable to (download|access)|NoSuchKey|Specified S3 location.*(does not|doesn't) exist|404.*\.py)/i,
    means: "The script or a file that the job needs is not in the scripts bucket.",
    fix: "apply uploads it again",
  },
  {
    id: "concurrent_job",
    match: /Concurrent runs exceeded for/i,
    means: "Another run holds the only slot of the workflow or job.",
    fix: "run-workflow --attach follows the run that is on",
  },
  {
    id: "capacity",
    match:
      /ResourceNumberLimitExceeded|resource numerical limit|exceed(ed|s).*(max capacity|DPU)|insufficient (account )?capacity/i,
    means: "The account's Glue quota (jobs, DPUs) is used up.",
    fix: "wait for other jobs to end, or ask for more in Service Quotas",
  },
  {
    id: "memory",
    match:
      /OutOfMemoryError|Container killed by YARN|exceeding memory limits|exit (code|status):? 137|GC overhead limit/i,
    means: "Spark ran out of memory.",
    fix: "raise workerType or numberOfWorkers of the job, or ingest in smaller files",
  },
  {
    id: "disk",
    match: /No space left on device/i,
    means: "The workers' disks are full of shuffle files.",
    fix: "raise numberOfWorkers of the job",
  },
  {
    id: "glue_timeout",
    match: /Job run exceeded.*timeout|exceeded its timeout|timed? ?out after \d+ min/i,
    means: "The job ran into its own timeout.",
    fix: "raise timeout of the job in the config, or look at the log for what it waited on",
  },
  {
    id: "hudi_schema",
    match:
      /SchemaBackwardsCompatibilityException|MissingSchemaFieldException|incompatible schema|Failed upsert schema compatibility/i,
    means:
      "The rows do not fit the schema that the Hudi table already has (new columns must be nullable and stay in every later batch).",
    fix: "keep old columns in the job's select, or make the new one nullable",
  },
  {
    id: "hudi_conflict",
    match:
      /HoodieWriteConflictException|ConcurrentModificationException.*commit|Cannot resolve conflicts for overlapping writes/i,
    means: "Two writers committed to one Hudi table at the same time.",
    fix: "keep maxConcurrentRuns of the workflow at 1; run-workflow --resume",
  },
  {
    id: "hudi_lock",
    match: /HoodieLockException|Unable to acquire (the )?lock|Failed to acquire lock/i,
    means: "Hudi could not take its write lock: another writer holds it, or a dead one left it.",
    fix: "see that no other run is on, then run-workflow --resume",
  },
  {
    id: "hudi_rollback",
    match: /HoodieRollbackException|Failed to rollback/i,
    means: "Hudi could not undo an unfinished commit of an earlier run.",
    fix: "run-workflow --resume: the next write tries the rollback again",
  },
  {
    id: "hudi_version",
    match: /HoodieUpgradeDowngradeException|Unknown versionCode|unsupported table version|hoodie\.table\.version/i,
    means: "The table was written by a newer Hudi than the job's.",
    fix: "keep glueVersion 5.0, or set hoodie.write.table.version=6 on 5.1",
  },
  {
    id: "hudi_jar",
    match:
      /Failed to find (the )?data source:? hudi|ClassNotFoundException:? (org\.apache\.hudi|hudi)|hudi\.DefaultSource/i,
    means: "The job runs without Hudi's jars.",
    fix: "--datalake-formats hudi must be among the job's arguments; diff shows drift",
  },
  {
    id: "catalog_sync",
    match:
      /HoodieHiveSyncException|HoodieGlueSyncException|HoodieMetaSyncException|Could not sync using the meta sync class/i,
    means: "The rows are committed, but the Glue catalog could not be updated.",
    fix: "see that the database exists and the role may glue:UpdateTable; the next run repairs it",
  },
  {
    id: "catalog_database",
    match: /EntityNotFoundException.*Database|Database .* not found/i,
    means: "The Glue database of the layer does not exist.",
    fix: "apply creates it",
  },
  {
    id: "table_version_race",
    match: /Table being modified concurrently/i,
    means: "Something else changed the catalog's table at the same moment.",
    fix: "run-workflow --resume",
  },
  {
    id: "hudi_not_table",
    match: /TableNotFoundException|Hoodie table not found in path/i,
    means: "A Hudi table was read that is not there, or its folder is damaged.",
    fix: "run the whole workflow: earlier layers create what later ones read",
  },
  {
    id: "ledger_missing",
    match: /ResourceNotFoundException.*(GetItem|UpdateItem|PutItem|Query)|Requested resource not found/i,
    means: "The ledger table is not there.",
    fix: "apply creates it",
  },
  {
    id: "ledger_throughput",
    match: /ProvisionedThroughputExceeded/i,
    means: "The ledger's provisioned capacity is too small for this many files at once.",
    fix: "set ledger.billing to on-demand, apply, run-workflow --resume",
  },
  {
    id: "argument",
    match: /GlueArgumentError|the following arguments are required/i,
    means: "The script misses an argument.",
    fix: "compare the job's arguments in the config; apply",
  },
  {
    id: "python_import",
    match: /ModuleNotFoundError|ImportError/,
    means: "A Python module is not on the job's path.",
    fix: "--extra-py-files or --additional-python-modules of the job; apply uploads the package again",
  },
  {
    id: "python_syntax",
    match: /SyntaxError|IndentationError/,
    means: "The script is not valid Python.",
    fix: "correct the file, apply, run-workflow --resume",
  },
  {
    id: "spark_column",
    match: /AnalysisException|UNRESOLVED_COLUMN/,
    means: "The script asks for a column or table that is not there.",
    fix: "correct the script, apply, run-workflow --resume",
  },
  {
    id: "spark_cast",
    match: /CAST_INVALID_INPUT|DateTimeException|NumberFormatException/,
    means: "A value does not fit the type that the script wants. The value is not shown here.",
    fix: "read such columns as text and cast with try_cast",
  },
  {
    id: "network",
    match: /Connect to .* failed|UnknownHostException|Could not connect to the endpoint URL/i,
    means: "The job could not reach a service: a VPC without an endpoint, or the embedded AWS is down.",
    fix: "give the job's subnet an S3/Glue/DynamoDB endpoint; locally: metriccare local up",
  },
  {
    id: "driver_lost",
    match: /Command failed with exit code|SparkContext was (shut down|stopped)|driver.*(died|lost)|Py4JNetworkError/i,
    means: "The script's process ended without saying why; the lines before tell more.",
    fix: "runs logs shows the whole log",
  },
];

/** The first hint whose text is in the cause or in the log lines: causes before symptoms. */
export function hintFor(texts: readonly string[]): Hint | undefined {
  const all = texts.join("\n");
  return HINTS.find((hint) => hint.match.test(all));
}
