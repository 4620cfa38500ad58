import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { endpointEnvironment, scrubbedEnvironment } from "../environment.ts";
import type { KeyPair } from "../keys.ts";
import type { LocalPaths } from "../paths.ts";
import type { JavaFound } from "../runtime/java.ts";
import { sitePackages } from "../runtime/install.ts";

export interface SparkTarget {
  paths: LocalPaths;
  java: JavaFound;
  endpoint: string;
  region: string;
  /** The project folder's own: S3A and the JVM speak with them. */
  keys: KeyPair;
}

/** Settings of the warm JVM. Nothing in them is needed by a script: it gets the same from Glue on AWS. */
export function sparkConf(o: SparkTarget): Record<string, string> {
  const { paths, endpoint, region } = o;
  return {
    "spark.master": "local[2]",
    "spark.app.name": "metriccare",
    "spark.driver.memory": "1g",
    "spark.scheduler.mode": "FAIR",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    // Its ports are closed as soon as they are open (spark_owner.py); until then they want a secret that Spark makes up.
    "spark.authenticate": "true",
    // A larger result of a task (a megabyte, else) is fetched through the port of the block manager, even in local mode.
    "spark.task.maxDirectResultSize": "2047m",
    "spark.rpc.message.maxSize": "2047",
    "spark.ui.showConsoleProgress": "false",
    // Without a UI too Spark keeps the plans and stages of a thousand queries for it. Those of Hudi are large, and the JVM
    // serves all runs until `local down`.
    "spark.sql.ui.retainedExecutions": "2",
    "spark.ui.retainedJobs": "2",
    "spark.ui.retainedStages": "2",
    "spark.ui.retainedTasks": "10",
    "spark.local.dir": join(paths.tmp, "spark"),
    "spark.sql.warehouse.dir": `file://${join(paths.tmp, "warehouse")}`,
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    // Tables of the Glue catalog are read by their folders: their partitions are in Glue, not in Spark's own catalog.
    "spark.sql.hive.manageFilesourcePartitions": "false",
    // Two scripts may each ship a file of the same name.
    "spark.files.overwrite": "true",
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
    "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.hudi.catalog.HoodieCatalog",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.endpoint": endpoint,
    "spark.hadoop.fs.s3a.endpoint.region": region,
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    // Not access.key and secret.key: all settings stand on the JVM's command line, which everybody may read.
    "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "spark.hadoop.fs.s3a.directory.marker.retention": "keep",
    "spark.hadoop.fs.s3a.buffer.dir": join(paths.tmp, "s3a"),
    "spark.hadoop.hadoop.tmp.dir": join(paths.tmp, "hadoop"),
    // On the class path and not in spark.jars, which copies all of them at each start.
    "spark.driver.extraClassPath": join(paths.jars, "*"),
    "spark.driver.extraJavaOptions": [
      // The jars are those whose SHA-256 is pinned: to verify their 20,000 classes again is a seventh of the start.
      "-XX:+UnlockDiagnosticVMOptions",
      "-XX:-BytecodeVerificationRemote",
      "-XX:TieredStopAtLevel=1",
      // With one tier the JVM keeps 48 MB of code: full after about one pipeline, and interpreted from then on.
      "-XX:ReservedCodeCacheSize=256m",
      "-XX:+UseSerialGC",
      "-Djol.skipHotspotSAAttach=true",
      "-Djol.skipDynamicAttach=true",
      "-XX:-UsePerfData",
      // A JVM that has run out of memory is in no state to go on: it is started anew.
      "-XX:+ExitOnOutOfMemoryError",
      `-Djava.io.tmpdir=${paths.tmp}`,
      `-Duser.home=${paths.tmp}`,
    ].join(" "),
  };
}

/** Hudi's own defaults: what makes one script sync its tables to the local catalog and, unchanged, to Glue's on AWS. */
function hudiDefaults(o: SparkTarget): string {
  return [
    "hoodie.meta.sync.client.tool.class=org.apache.hudi.aws.sync.AwsGlueCatalogSyncTool",
    `hoodie.aws.glue.endpoint=${o.endpoint}`,
    `hoodie.aws.glue.region=${o.region}`,
    "hoodie.metadata.enable=false",
    "hoodie.embed.timeline.server=false",
    "",
  ].join("\n");
}

// The last two would quote values of the data; the script's own traceback carries the same error.
const LOG4J = `
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.console.type = Console
appender.console.name = stderr
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS} %p %c{1}: %m{nolookups}%n
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
logger.metrics.name = org.apache.hadoop.metrics2
logger.metrics.level = error
logger.s3a.name = org.apache.hadoop.fs.s3a
logger.s3a.level = error
logger.executor.name = org.apache.spark.executor.Executor
logger.executor.level = off
logger.tasks.name = org.apache.spark.scheduler.TaskSetManager
logger.tasks.level = off
`;

/**
 * Stand in the class path before Hadoop's own of these names. Hudi sends the whole of Hadoop's configuration with every task, each
 * setting with a small gzip of where it came from; two thirds of the thousand are YARN's and MapReduce's, which nobody has
 * here, or what the code takes anyway. The committers of S3A are named nowhere else.
 */
const DEFAULTS = {
  "yarn-default.xml": "<configuration/>\n",
  "mapred-default.xml":
    "<configuration><property><name>mapreduce.outputcommitter.factory.scheme.s3a</name>" +
    "<value>org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory</value></property></configuration>\n",
};

/** Writes the files that the JVM reads, and makes its temporary folders. */
export async function writeSparkFiles(o: SparkTarget): Promise<void> {
  const { paths } = o;
  await rm(paths.spark, { recursive: true, force: true });
  for (const folder of ["spark", "s3a", "hadoop", "warehouse"])
    await mkdir(join(paths.tmp, folder), { recursive: true });
  await mkdir(join(paths.spark, "hudi"), { recursive: true, mode: 0o700 });
  await mkdir(join(paths.spark, "conf"), { recursive: true, mode: 0o700 });
  await writeFile(join(paths.spark, "hudi", "hudi-defaults.conf"), hudiDefaults(o), { mode: 0o600 });
  await writeFile(join(paths.spark, "conf", "log4j2.properties"), LOG4J, { mode: 0o600 });
  for (const [name, text] of Object.entries(DEFAULTS))
    await writeFile(join(paths.spark, "conf", name), text, { mode: 0o600 });
}

/** Environment of the JVM and of the scripts that join it. */
export async function sparkEnvironment(o: SparkTarget): Promise<NodeJS.ProcessEnv> {
  const { paths } = o;
  return {
    ...scrubbedEnvironment(paths, o.java),
    ...endpointEnvironment(o.endpoint, o.region, o.keys),
    HUDI_CONF_DIR: join(paths.spark, "hudi"),
    SPARK_CONF_DIR: join(paths.spark, "conf"),
    SPARK_HOME: join(await sitePackages(paths), "pyspark"),
    SPARK_LOCAL_IP: "127.0.0.1",
    PYSPARK_PYTHON: paths.python,
    PYSPARK_DRIVER_PYTHON: paths.python,
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
  };
}
