import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { Glue } from "@aws-sdk/client-glue";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import type { LocalAws } from "../../../src/local/index.ts";
import { EmbeddedProject, eventually } from "./embedded.ts";

let project: EmbeddedProject;
beforeAll(async () => {
  project = await EmbeddedProject.make();
});
afterAll(() => project.remove());
beforeEach(() => project.reset());

const clientsOf = (aws: LocalAws): { s3: S3; dynamodb: DynamoDB; glue: Glue } => {
  const config = { endpoint: aws.endpoint, region: aws.region, credentials: { ...aws }, maxAttempts: 10 };
  return { s3: new S3(config), dynamodb: new DynamoDB(config), glue: new Glue(config) };
};
const bucket = "kept-over-restarts";
async function fill(aws: LocalAws): Promise<void> {
  const { s3, dynamodb, glue } = clientsOf(aws);
  await s3.createBucket({ Bucket: bucket });
  await s3.putObject({ Bucket: bucket, Key: "a b/ü.txt", Body: "text" });
  await dynamodb.createTable({
    TableName: "kept",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  });
  await dynamodb.putItem({ TableName: "kept", Item: { id: { S: "1" } } });
  await glue.createDatabase({ DatabaseInput: { Name: "db" } });
}
async function isThere(aws: LocalAws): Promise<boolean> {
  const { s3, dynamodb, glue } = clientsOf(aws);
  const object = await s3.getObject({ Bucket: bucket, Key: "a b/ü.txt" });
  const item = await dynamodb.getItem({ TableName: "kept", Key: { id: { S: "1" } } });
  const database = await glue.getDatabase({ Name: "db" });
  return (
    (await object.Body?.transformToString()) === "text" && item.Item !== undefined && database.Database?.Name === "db"
  );
}

test("up, status, up again, down: state and endpoint stay, no process, port or temporary folder does", async () => {
  expect(await project.status()).toEqual({ running: false });
  expect(await project.down()).toBe(false);
  const aws = await project.up();
  expect(aws.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await project.status()).toEqual({ running: true, ...aws });
  await fill(aws);
  const pid = project.supervisorPid();
  expect(await project.up()).toEqual(aws);
  expect(project.supervisorPid()).toBe(pid);
  expect(await project.down()).toBe(true);
  expect(await project.processes()).toEqual([]);
  expect(existsSync(project.paths.tmp)).toBe(false);
  await expect(fetch(aws.endpoint)).rejects.toThrow();
  const again = await project.up();
  expect(again).toEqual(aws);
  expect(await isThere(again)).toBe(true);
});

test("only the user may read what it writes down", async () => {
  await project.up();
  for (const name of readdirSync(project.paths.local)) {
    const { mode } = statSync(join(project.paths.local, name));
    if (name !== "no-aws-config") expect((mode & 0o077).toString(8), name).toBe("0");
  }
});

test("several at once share one start", async () => {
  const started = await Promise.all([project.up(), project.up(), project.up()]);
  expect(new Set(started.map((aws) => aws.endpoint)).size).toBe(1);
  expect(project.log("supervisor.log")).not.toContain("already");
});

test("a fixed port is taken, and refused when another program has it", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(project.up({ port })).rejects.toMatchObject({ name: "LocalProblem", code: "port_in_use" });
  expect(await project.processes()).toEqual([]);
  other.close();
  await once(other, "close");
  expect((await project.up({ port })).endpoint).toBe(`http://127.0.0.1:${port}`);
  await expect(project.up({ port: port + 1 })).rejects.toMatchObject({ code: "other_port" });
});

test("an interrupted start leaves nothing, and the next one works", async () => {
  for (const ms of [0, 60, 150, 300]) {
    const abort = new AbortController();
    const starting = project.up({ signal: abort.signal });
    const aborting = systemClock.sleep(ms).then(() => abort.abort(new Error("interrupted")));
    const outcome = await starting.then(
      () => "up",
      (error: unknown) => String(error),
    );
    await aborting;
    if (outcome !== "up") {
      expect(outcome).toContain("interrupted");
      expect(await project.processes()).toEqual([]);
    }
    await project.down();
  }
  await project.up();
});

test("a killed emulator comes back with what it held, on the same endpoint, and status says so", async () => {
  const aws = await project.up();
  await fill(aws);
  await systemClock.sleep(1500);
  process.kill(await project.pidOf("launcher.py"), "SIGKILL");
  await eventually(async () => (await project.status()).running && "notice" in (await project.status()), "a notice");
  expect(await isThere(aws)).toBe(true);
});

test("after a killed supervisor everything else ends too, and the next up has the state", async () => {
  const aws = await project.up();
  await fill(aws);
  await systemClock.sleep(1500);
  process.kill(project.supervisorPid(), "SIGKILL");
  await eventually(async () => (await project.processes()).length === 0, "all of them ended", 15_000);
  expect(await project.status()).toEqual({ running: false });
  const again = await project.up();
  expect(again.endpoint).toBe(aws.endpoint);
  expect(again.notice).toContain("cleanly");
  expect(await isThere(again)).toBe(true);
});

test("down cleans up after a killed supervisor", async () => {
  await project.up();
  process.kill(project.supervisorPid(), "SIGKILL");
  await project.down();
  expect(await project.processes()).toEqual([]);
  expect(existsSync(project.paths.tmp)).toBe(false);
});

test("an up that is killed in the middle of its start does not keep the next from working", async () => {
  mkdirSync(join(project.dir, "config"), { recursive: true });
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "../../../bin/metriccare"), "local", "up", "--config", join(project.dir, "config")],
    {
      stdio: "ignore",
    },
  );
  await systemClock.sleep(700);
  child.kill("SIGKILL");
  const aws = await project.up();
  expect((await project.status()).running).toBe(true);
  expect(aws.endpoint).toContain("127.0.0.1");
});

test("when the project folder goes away, so does its embedded AWS", async () => {
  await project.up();
  // It goes on writing while its folder goes, and Node's own retries start at the folder that it got stuck in.
  await eventually(async () => {
    try {
      rmSync(project.paths.local, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  }, "the folder is gone");
  await eventually(async () => (await project.processes()).length === 0, "all of them ended", 30_000);
});

test("reset forgets everything, up or down", async () => {
  const aws = await project.up();
  await fill(aws);
  await project.reset();
  expect(existsSync(project.paths.local)).toBe(false);
  expect(await project.processes()).toEqual([]);
  const { s3, glue } = clientsOf(await project.up());
  expect((await s3.listBuckets({})).Buckets ?? []).toEqual([]);
  expect((await glue.getDatabases({})).DatabaseList).toEqual([]);
});

test("the secret is in no process list and in no file that others may read, with Spark up too", async () => {
  const aws = await project.up();
  await eventually(async () => {
    const lines = await project.commandLines();
    return lines.some((line) => line.includes("org.apache.spark.deploy.SparkSubmit"));
  }, "Spark's JVM");
  expect((await project.commandLines()).filter((line) => line.includes(aws.secretAccessKey))).toEqual([]);
  const open = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      // What was just being written may be gone.
      const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
      return [...((mode & 0o077) === 0 ? [] : [path]), ...(entry.isDirectory() ? open(path) : [])];
    });
  // All of it lies behind a folder that is the user's alone; what can hold a secret is closed by itself too.
  expect(statSync(project.paths.local).mode & 0o777).toBe(0o700);
  expect(open(project.paths.local).filter((path) => !path.startsWith(project.paths.tmp))).toEqual([]);
});

test("the emulator's back doors are shut", async () => {
  const aws = await project.up();
  const post = async (path: string): Promise<number> =>
    (await fetch(`${aws.endpoint}${path}`, { method: "POST", body: "{}" })).status;
  for (const path of ["/_ministack/reset", "/_ministack/config", "/_metriccare/events", "/_metriccare/role"])
    expect(await post(path)).toBeGreaterThanOrEqual(400);
});
