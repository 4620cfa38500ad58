import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import { listeningPorts } from "../../harness/listening.ts";
import { EmbeddedProject, eventually } from "../runtime/embedded.ts";
import { awsglueScripts } from "./awsglue.ts";
import { foreignScripts } from "./foreign.ts";
import { BUCKET, HUDI_SCRIPT, Jobs } from "./jobs.ts";

let project: EmbeddedProject;
let jobs: Jobs;
beforeAll(async () => {
  project = await EmbeddedProject.make();
  jobs = new Jobs(await project.up());
  await jobs.setUp();
});
afterAll(() => project.remove());

// First, while the catalog is theirs alone and nobody kills Spark: the same embedded AWS, warm for what follows.
describe("scripts with awsglue", () => awsglueScripts(() => jobs));
describe("scripts of other people", () => foreignScripts(() => jobs));

test("one line runs; what it prints is in the log groups of Glue 5.0; it has the job's role", async () => {
  const name = await jobs.job(
    "import sys, boto3; print(sys.argv[1:]); print('oh', file=sys.stderr); print(boto3.client('sts').get_caller_identity()['Arn'])",
  );
  const { run, output, error } = await jobs.run(name, { "--color": "deep blue" });
  expect(run.JobRunState).toBe("SUCCEEDED");
  const printed = output.filter((line) => line !== "oh");
  expect(printed[0]).toContain("'--color', 'deep blue'");
  expect(printed[0]).toContain(`'--JOB_NAME', '${name}'`);
  expect(printed[1]).toBe("arn:aws:sts::123456789012:assumed-role/spark-job/GlueJobRunnerSession");
  expect(output).toContain("oh");
  expect(error).toEqual([]);
});

test("the role's policy holds for the script's own calls", async () => {
  const { run } = await jobs.run(await jobs.job("import boto3; boto3.client('dynamodb').list_tables()"));
  expect(run.JobRunState).toBe("FAILED");
  expect(run.ErrorMessage).toMatch(/^ClientError: .*AccessDeniedException.*ListTables/);
});

test("a failing script is FAILED with its last exception, and the traceback is in the output log", async () => {
  const { run, output, error } = await jobs.run(await jobs.job("def f():\n    raise KeyError('gone')\nf()"));
  expect(run.JobRunState).toBe("FAILED");
  expect(run.ErrorMessage).toBe("KeyError: 'gone'");
  expect(output[0]).toBe("Traceback (most recent call last):");
  expect(output.join("\n")).not.toContain("run_script.py");
  expect(error).toEqual(["ERROR ProcessLauncher: KeyError: 'gone'"]);
  const script = `from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().read.parquet("s3://${BUCKET}/none/")`;
  const spark = await jobs.run(await jobs.job(script));
  expect(spark.run.ErrorMessage).toMatch(/^AnalysisException: \[PATH_NOT_FOUND\]/);
  expect((await jobs.run(await jobs.job("import sys; sys.exit(3)"))).run.ErrorMessage).toBe("SystemExit: 3");
  expect((await jobs.run(await jobs.job("import sys; sys.exit(0)"))).run.JobRunState).toBe("SUCCEEDED");
  expect((await jobs.run(await jobs.job("this is no python"))).run.ErrorMessage).toMatch(/^SyntaxError: /);
});

test("a script that is not there, or may not be read, cannot be launched", async () => {
  const name = await jobs.job("pass");
  await jobs.s3.deleteObject({ Bucket: BUCKET, Key: `scripts/${name}.py` });
  expect((await jobs.run(name)).run.ErrorMessage).toContain(`File does not exist s3://${BUCKET}/scripts/${name}.py`);
});

test("a pythonshell job runs without Spark", async () => {
  const { run, output } = await jobs.run(
    await jobs.job("import os; print('PYSPARK_GATEWAY_PORT' in os.environ)", {}, { shell: true }),
  );
  expect([run.JobRunState, output]).toEqual(["SUCCEEDED", ["False"]]);
});

test("a Hudi table is written and lands in the catalog; a second run upserts", async () => {
  const name = await jobs.job(HUDI_SCRIPT, { "--table": "persons" });
  expect((await jobs.run(name)).output).toEqual(["written", "10"]);
  expect((await jobs.run(name, { "--rows": "25" })).output).toEqual(["written", "25"]);
  expect(await jobs.timeline("persons", ".commit")).toHaveLength(2);
  const { Table } = await jobs.glue.getTable({ DatabaseName: "db", Name: "persons" });
  expect(Table?.StorageDescriptor?.Columns?.map((column) => column.Name)).toContain("text");
});

test("settings of the job reach the script's own session and no other", async () => {
  const script = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.config("spark.sql.shuffle.partitions", "7").getOrCreate()
print(spark.conf.get("spark.sql.session.timeZone"), spark.conf.get("spark.sql.shuffle.partitions"))
spark.range(1).createOrReplaceTempView("mine")
spark.stop()
spark = SparkSession.builder.getOrCreate()
print(spark.range(3).count(), spark.catalog.tableExists("mine"), spark.conf.get("spark.sql.shuffle.partitions"))
`;
  const { output } = await jobs.run(
    await jobs.job(script, { "--conf": "spark.sql.session.timeZone=America/Chicago --conf spark.serializer=x" }),
  );
  expect(output).toEqual(["America/Chicago 7", "3 False 2"]);
});

test("extra Python files are importable in the script and in the workers, which have the job's role too", async () => {
  const zip = zipSync({ "extra_package/__init__.py": strToU8("def twice(x):\n    return 2 * x\n") });
  await jobs.put("lib/extra.zip", zip);
  await jobs.put("lib/lone_module.py", "def thrice(x):\n    return 3 * x\n");
  const script = `
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
import extra_package, lone_module
spark = SparkSession.builder.getOrCreate()
def part(rows):
    import boto3, extra_package, lone_module
    who = boto3.client("sts").get_caller_identity()["Arn"].rsplit("/", 2)[1]
    for row in rows:
        yield extra_package.twice(row) + lone_module.thrice(row), who
print(spark.sparkContext.parallelize([1, 2], 2).mapPartitions(part).collect())
print([row[0] for row in spark.range(3).select(udf(extra_package.twice, "int")("id")).collect()])
total = spark.sparkContext.accumulator(0)
spark.sparkContext.parallelize(range(10)).foreach(lambda x: total.add(x))
print(total.value)
`;
  const args = { "--extra-py-files": `s3://${BUCKET}/lib/extra.zip, s3://${BUCKET}/lib/lone_module.py` };
  const { run, output } = await jobs.run(await jobs.job(script, args));
  expect(run.ErrorMessage).toBeUndefined();
  expect(output).toEqual(["[(5, 'spark-job'), (10, 'spark-job')]", "[0, 2, 4]", "45"]);
  // They do not stay: they hold that run's credentials.
  await expect(project.pidOf("pyspark.daemon")).rejects.toThrow();
});

test("a task may answer many megabytes: rows that are collected, and those that a join broadcasts", async () => {
  const { run } = await jobs.run(
    await jobs.job(`
from pyspark.sql import SparkSession
from pyspark.sql.functions import broadcast
spark = SparkSession.builder.getOrCreate()
wide = spark.range(0, 20000, 1, 2).selectExpr("id", "repeat(sha2(string(id), 512), 4) AS text")
assert sum(len(row.text) for row in wide.collect()) == 20000 * 512
assert spark.range(20000).join(broadcast(wide), "id").where("length(text) = 512").count() == 20000
`),
  );
  expect(run.JobRunState, run.ErrorMessage).toBe("SUCCEEDED");
});

test("what a script holds in the JVM goes with it, however it ends, and its own endings still have it", async () => {
  const many = await jobs.job(`
import atexit, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
held = [spark.range(1).selectExpr("id", "cast(id as string) AS text") for _ in range(300)]
atexit.register(lambda: print("still", held[7].count(), flush=True))
if "--broken" in sys.argv:
    raise KeyError("gone")
`);
  const count = await jobs.job(`
from pyspark.sql import SparkSession
context = SparkSession.builder.getOrCreate().sparkContext
print(context._gateway.java_gateway_server.getGateway().getBindings().size())
`);
  const counted = async (): Promise<number> => Number((await jobs.run(count)).output.at(-1));
  const before = await counted();
  const { output } = await jobs.run(many);
  expect(output).toContain("still 1");
  await jobs.run(many, { "--broken": "yes" });
  // Without that it is more than a thousand; what warms Spark up has some of its own meanwhile.
  expect((await counted()) - before).toBeLessThan(500);
});

test("several run at once, each with a table of its own", async () => {
  const name = await jobs.job(HUDI_SCRIPT);
  const ids = await Promise.all(["p1", "p2", "p3", "p4"].map((table) => jobs.start(name, { "--table": table })));
  const ends = await Promise.all(ids.map((id) => jobs.end(name, id)));
  expect(ends.map((run) => run.JobRunState)).toEqual(Array.from({ length: 4 }, () => "SUCCEEDED"));
});

const SLOW_STAGE = `
import time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("started", flush=True)
def slow(rows):
    for row in rows:
        time.sleep(600)
        yield row
spark.sparkContext.parallelize(range(2), 2).mapPartitions(slow).count()
`;

/** Nothing of one that is gone by now: Spark's workers come and go. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** What a stranger who knocks at a port is told. */
function knock(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let told = "";
    const end = (): void => void (socket.destroy(), resolve(told));
    socket.on("data", (part: Buffer) => (told += part.toString("latin1")));
    socket.on("connect", () => socket.write(text));
    socket.on("close", end).on("error", end);
    socket.setTimeout(700, end);
  });
}

/** What can be read in it, without the number of the process: Python's workers say that one to whoever connects. */
const told = (answer: string): string => answer.replace(/^\0[^]{3}/, "").replaceAll(/[^ -~]/g, "");

test.skipIf(process.platform !== "linux")(
  "while a script runs, no port answers a stranger and nothing secret is to be seen by other users",
  async () => {
    const name = await jobs.job(SLOW_STAGE.replace("600", "12"), { "--password": "pass-w0rd" });
    const id = await jobs.start(name);
    await eventually(() => project.pidOf("pyspark.daemon").then(Boolean, () => false), "the Python workers");
    const jvm = await project.pidOf("org.apache.spark.deploy.SparkSubmit");
    // Py4J's alone: the driver's and the block manager's are closed.
    expect(listeningPorts(jvm)).toHaveLength(1);
    const front = Number(new URL((await project.up()).endpoint).port);
    const processes = await project.processes();
    const ports = new Set(processes.flatMap((pid) => listeningPorts(pid)));
    ports.delete(front);
    expect(ports.size).toBeGreaterThan(2);
    for (const port of ports)
      for (const text of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "c\nt\ngetClass\ne\n", "\0\0\0\u0004auth"])
        // Shut in silence, or refused: Py4J's errors begin with `!x` or `!z`, what it does with `!y`.
        expect(told(await knock(port, text)), `port ${port}`).toMatch(/^(![xz].*|err)?$/);
    const table = execFileSync("ps", ["-ef", "ww"], { encoding: "utf8" });
    const { secretAccessKey } = await project.up();
    const secrets = processes
      .flatMap((pid) => environmentOf(pid))
      .flatMap((one) => /^\w*(?:SECRET|TOKEN)\w*=(.{8,})$/.exec(one)?.[1] ?? []);
    for (const secret of [...secrets, secretAccessKey, "pass-w0rd"])
      if (secret.length > 7) expect(table).not.toContain(secret);
    // None of the files in there, and no folder on the way to them, is open to others.
    const open = execFileSync("find", [project.paths.local, "-mindepth", "1", "-perm", "/077", "!", "-type", "l"], {
      encoding: "utf8",
    });
    expect(open.split("\n").filter((path) => path !== "" && !path.includes("/tmp/"))).toEqual([]);
    expect(statSync(project.paths.tmp).mode & 0o077).toBe(0);
    await jobs.end(name, id);
  },
);

test("a stopped script is ended with its Spark job and its workers; others go on", async () => {
  const slow = await jobs.job(SLOW_STAGE);
  const id = await jobs.start(slow);
  await eventually(async () => (await jobs.lines("output", id)).includes("started"), "the script's first line");
  await systemClock.sleep(1000);
  const run = await jobs.stop(slow, id);
  expect(run.JobRunState).toBe("STOPPED");
  await expect(project.pidOf("run_script.py")).rejects.toThrow();
  await expect(project.pidOf("pyspark.daemon")).rejects.toThrow();
  const next = await jobs.run(await jobs.job(HUDI_SCRIPT, { "--table": "after_stop" }));
  expect([next.run.JobRunState, ...next.error]).toEqual(["SUCCEEDED"]);
});

test("a script that hangs without Spark is stopped as well, with what it started", async () => {
  const name = await jobs.job(
    "import subprocess\nsubprocess.Popen(['sleep', '98.765'])\nprint('on', flush=True)\nwhile True: pass",
  );
  const id = await jobs.start(name);
  await eventually(async () => (await jobs.lines("output", id)).includes("on"), "its first line");
  expect((await jobs.stop(name, id)).JobRunState).toBe("STOPPED");
  await expect(project.pidOf("98.765")).rejects.toThrow();
});

test("a run that waits for its turn can be stopped", async () => {
  const name = await jobs.job("import time; time.sleep(60)");
  const ids = [];
  for (let count = 0; count < 4; count += 1) ids.push(await jobs.start(name));
  const last = ids.at(-1) ?? "";
  expect((await jobs.stop(name, last)).JobRunState).toBe("STOPPED");
  for (const id of ids.slice(0, 3)) await jobs.stop(name, id);
});

test("a write that is stopped leaves no commit behind that comes later, and the next write goes through", async () => {
  const name = await jobs.job(HUDI_SCRIPT, { "--table": "stopped", "--rows": "3000" });
  await jobs.run(name);
  for (let round = 0; round < 12; round += 1) {
    const before = await jobs.timeline("stopped", ".commit");
    const id = await jobs.start(name);
    await systemClock.sleep(500 + round * 150);
    const run = await jobs.stop(name, id);
    const after = await jobs.timeline("stopped", ".commit");
    await systemClock.sleep(700);
    expect(await jobs.timeline("stopped", ".commit")).toEqual(after);
    if (run.JobRunState === "STOPPED" && !(await jobs.lines("output", id)).includes("written"))
      // At most one: a stop that comes after the commit and before the script hears of it.
      expect(after.length - before.length).toBeLessThanOrEqual(1);
  }
  expect((await jobs.run(name)).output).toEqual(["written", "3000"]);
});

test("a killed script fails its run and nothing else", async () => {
  const { run } = await jobs.run(await jobs.job("import os; os.kill(os.getpid(), 9)"));
  expect([run.JobRunState, run.ErrorMessage]).toEqual(["FAILED", "The script was killed by SIGKILL."]);
});

test("when Spark is killed, its runs fail with the reason, and Spark comes back", async () => {
  const slow = await jobs.job(SLOW_STAGE);
  const id = await jobs.start(slow);
  await eventually(async () => (await jobs.lines("output", id)).includes("started"), "the script's first line");
  process.kill(await project.pidOf("org.apache.spark.deploy.SparkSubmit"), "SIGKILL");
  const run = await jobs.end(slow, id);
  expect(run.JobRunState).toBe("FAILED");
  expect(run.ErrorMessage).toContain("Spark itself ended");
  const again = await jobs.run(await jobs.job(HUDI_SCRIPT, { "--table": "after_kill" }));
  expect([again.run.JobRunState, ...again.error]).toEqual(["SUCCEEDED"]);
});
