import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { Glue, type JobRun } from "@aws-sdk/client-glue";
import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import { systemClock } from "../../../src/clock/index.ts";
import type { LocalAws } from "../../../src/local/index.ts";

export const BUCKET = "spark-tests";

/** Ends of a job run. */
const ENDS = new Set(["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"]);

/** Makes and runs Glue jobs through the public API of the embedded AWS, as anybody would. */
export class Jobs {
  readonly s3: S3;
  readonly glue: Glue;
  readonly iam: IAM;
  readonly #logs: CloudWatchLogs;
  #number = 0;

  constructor(aws: LocalAws) {
    const config = { endpoint: aws.endpoint, region: aws.region, credentials: { ...aws }, maxAttempts: 10 };
    this.s3 = new S3(config);
    this.glue = new Glue(config);
    this.iam = new IAM(config);
    this.#logs = new CloudWatchLogs(config);
  }

  async setUp(): Promise<void> {
    await this.s3.createBucket({ Bucket: BUCKET });
    const trust = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" }],
    };
    await this.iam.createRole({ RoleName: "spark-job", AssumeRolePolicyDocument: JSON.stringify(trust) });
    // AWS's own policy for the jobs of Glue, as most roles have it, and its own bucket.
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
    await this.iam.attachRolePolicy({ RoleName: "spark-job", PolicyArn });
    const policy = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "s3:*", Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`] },
      ],
    };
    await this.iam.putRolePolicy({
      RoleName: "spark-job",
      PolicyName: "own-bucket",
      PolicyDocument: JSON.stringify(policy),
    });
    await this.glue.createDatabase({ DatabaseInput: { Name: "db" } });
  }

  put = (key: string, body: string | Uint8Array): Promise<unknown> =>
    this.s3.putObject({ Bucket: BUCKET, Key: key, Body: body });

  /** A new job that runs this script; returns its name. */
  async job(
    script: string,
    args: Record<string, string> = {},
    more: { timeout?: number; shell?: boolean } = {},
  ): Promise<string> {
    this.#number += 1;
    const name = `job-${this.#number}`;
    await this.put(`scripts/${name}.py`, script);
    const ScriptLocation = `s3://${BUCKET}/scripts/${name}.py`;
    await this.glue.createJob({
      Name: name,
      Role: "arn:aws:iam::123456789012:role/spark-job",
      DefaultArguments: args,
      ExecutionProperty: { MaxConcurrentRuns: 4 },
      Timeout: more.timeout ?? 20,
      ...(more.shell
        ? { Command: { Name: "pythonshell", ScriptLocation, PythonVersion: "3.9" }, MaxCapacity: 0.0625 }
        : {
            Command: { Name: "glueetl", ScriptLocation, PythonVersion: "3" },
            GlueVersion: "5.0",
            WorkerType: "G.1X",
            NumberOfWorkers: 2,
          }),
    });
    return name;
  }

  async start(name: string, args: Record<string, string> = {}): Promise<string> {
    return (await this.glue.startJobRun({ JobName: name, Arguments: args })).JobRunId ?? "";
  }

  async get(name: string, id: string): Promise<JobRun> {
    return (await this.glue.getJobRun({ JobName: name, RunId: id })).JobRun ?? {};
  }

  /** Follows a run to its end. */
  async end(name: string, id: string): Promise<JobRun> {
    for (;;) {
      const run = await this.get(name, id);
      if (ENDS.has(run.JobRunState ?? "")) return run;
      await systemClock.sleep(100);
    }
  }

  async run(
    name: string,
    args: Record<string, string> = {},
  ): Promise<{ run: JobRun; output: string[]; error: string[] }> {
    const id = await this.start(name, args);
    const run = await this.end(name, id);
    const of = (stream: "output" | "error"): Promise<string[]> => this.lines(stream, id, run.LogGroupName);
    return { run, output: await of("output"), error: await of("error") };
  }

  async stop(name: string, id: string): Promise<JobRun> {
    await this.glue.batchStopJobRun({ JobName: name, JobRunIds: [id] });
    return this.end(name, id);
  }

  async lines(stream: "output" | "error", id: string, group = "/aws-glue/jobs"): Promise<string[]> {
    const answer = await this.#logs
      .getLogEvents({ logGroupName: `${group}/${stream}`, logStreamName: id, startFromHead: true })
      .catch((error: unknown) => {
        if (error instanceof Error && error.name === "ResourceNotFoundException") return { events: [] };
        throw error;
      });
    return (answer.events ?? []).map((event) => event.message ?? "");
  }

  /** Names of the files on a Hudi table's timeline that end so. */
  async timeline(table: string, end: string): Promise<string[]> {
    const listed = await this.s3.listObjectsV2({ Bucket: BUCKET, Prefix: `tables/${table}/.hoodie/` });
    return (listed.Contents ?? []).map((object) => object.Key ?? "").filter((key) => key.endsWith(end));
  }
}

/** A script that upserts `--rows` rows into the table `--table`, with sync to the catalog as AWS documents it. */
export const HUDI_SCRIPT = `
import sys
from pyspark.sql import SparkSession
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
spark = SparkSession.builder.getOrCreate()
table = args["--table"]
options = {
    "hoodie.table.name": table,
    "hoodie.database.name": "db",
    "hoodie.datasource.write.table.type": "COPY_ON_WRITE",
    "hoodie.datasource.write.operation": "upsert",
    "hoodie.datasource.write.recordkey.field": "id",
    "hoodie.datasource.write.precombine.field": "ordering",
    "hoodie.datasource.write.keygenerator.class": "org.apache.hudi.keygen.NonpartitionedKeyGenerator",
    "hoodie.upsert.shuffle.parallelism": "2",
    "hoodie.datasource.hive_sync.enable": "true",
    "hoodie.datasource.hive_sync.mode": "hms",
    "hoodie.datasource.hive_sync.use_jdbc": "false",
    "hoodie.datasource.hive_sync.database": "db",
    "hoodie.datasource.hive_sync.table": table,
    "hoodie.datasource.hive_sync.partition_extractor_class": "org.apache.hudi.hive.NonPartitionedExtractor",
}
path = f"s3://${BUCKET}/tables/{table}/"
frame = spark.range(int(args.get("--rows", "10"))).selectExpr("id", "cast(id as string) as text", "1 as ordering")
frame.write.format("hudi").options(**options).mode("append").save(path)
print("written", flush=True)
print(spark.read.format("hudi").load(path).count())
spark.stop()
`;
