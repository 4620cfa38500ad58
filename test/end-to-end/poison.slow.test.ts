import { randomBytes } from "node:crypto";
import { createWriteStream, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestProject } from "../harness/project.ts";
import { LONGEST, stories } from "../harness/sample.ts";

// Files that hurt their reader, beside good ones: the embedded AWS, real Spark, real sizes, a real kill.

interface Row {
  readonly key: string;
  readonly status: string;
  readonly attempt: number;
  readonly error: string | null;
}

const MB = 1_000_000;
let project: TestProject;
let client: {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
};
let peak = 0;
let watch: NodeJS.Timeout | undefined;

beforeAll(async () => {
  project = await TestProject.make();
  project.keepGold("gold_length_of_stay");
  project.write("config/local.yaml", "aws: {embedded: true}\n");
  const applied = await project.run(["apply", "--env", "local", "--yes", "--json"]);
  expect(applied.code, applied.err + applied.out).toBe(0);
  const status = (await project.run(["local", "status", "--json"])).out;
  const { endpoint, region, ...credentials } = JSON.parse(status) as Record<
    "endpoint" | "region" | "accessKeyId" | "secretAccessKey",
    string
  >;
  client = { endpoint, region, credentials };
  watch = setInterval(() => (peak = Math.max(peak, ...workers().map(({ megabytes }) => megabytes))), 50);
});

afterAll(async () => {
  clearInterval(watch);
  await project.remove();
});

/** Spark's Python workers of this project, and the most memory that each has held. */
function workers(): { readonly pid: number; readonly megabytes: number }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8");
        if (!command.includes("pyspark") || !command.includes("daemon")) return [];
        if (!readFileSync(`/proc/${name}/environ`, "utf8").includes(project.dir)) return [];
        const held = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1];
        return [{ pid: Number(name), megabytes: Number(held ?? 0) / 1024 }];
      } catch {
        return []; // gone meanwhile
      }
    });
}

const patient = (id: string): string => `{"resourceType":"Patient","id":"${id}","birthDate":"1950-02-03"}\n`;

/** A file of so many pieces; `zipped` goes through gzip. */
async function big(name: string, piece: Buffer, count: number, zipped = false): Promise<void> {
  project.write(join("in", name), "");
  const pieces = Readable.from(
    (function* () {
      for (let at = 0; at < count; at++) yield piece;
    })(),
  );
  const file = createWriteStream(join(project.dir, "in", name));
  await (zipped ? pipeline(pieces, createGzip({ level: 9 }), file) : pipeline(pieces, file));
}

async function ledger(): Promise<Record<string, Row>> {
  const { lines, err, code } = await project.run(["ledger", "list", "--env", "local", "--json"]);
  expect(code, err).toBe(0);
  return Object.fromEntries(lines<Row>().map((row) => [row.key.replace("fhir/", ""), row]));
}

/** `npm test` takes one of the two at most, which its seed chooses. */
const POISONS = LONGEST.includes("poison") ? stories(["files", "worker"], 3) : [];

test.runIf(POISONS.includes("files"))(
  "three good files beside an archived object, a bomb, a line of 200 MB and a binary",
  { timeout: 420_000 },
  async () => {
    for (const name of ["a", "b", "c"]) project.write(`in/good-${name}.ndjson`, patient(name));
    await big("bomb.ndjson.gz", Buffer.alloc(MB), 1000, true);
    await big("line.ndjson", Buffer.alloc(MB, "x"), 200);
    project.write("in/scan.pdf", "");
    await pipeline(
      Readable.from([Buffer.from("%PDF-1.7\n"), randomBytes(MB)]),
      createWriteStream(join(project.dir, "in/scan.pdf")),
    );
    const { buckets } = JSON.parse((await project.run(["outputs", "--env", "local", "--json"])).out) as {
      buckets: Record<string, { name: string }>;
    };
    await new S3({ ...client, forcePathStyle: true }).putObject({
      Bucket: buckets["raw"]?.name ?? "",
      Key: "fhir/archived.ndjson",
      Body: patient("archived"),
      StorageClass: "GLACIER",
    });
    const ingested = await project.run(["ingest", "--env", "local", "--wait", "--json", "in", "in/scan.pdf"]);
    expect(ingested.code, ingested.err).toBe(1);
    const rows = await ledger();
    expect(
      Object.fromEntries(
        Object.entries(rows).map(([key, row]) => [key, [row.status, row.error?.split(":")[0] ?? null]]),
      ),
    ).toEqual({
      "good-a.ndjson": ["processed", null],
      "good-b.ndjson": ["processed", null],
      "good-c.ndjson": ["processed", null],
      "archived.ndjson": ["failed", "archived"],
      "bomb.ndjson.gz": ["failed", "too_large"],
      "line.ndjson": ["failed", "too_large"],
      "scan.pdf": ["failed", "not_text"],
    });
    expect(Math.max(...Object.values(rows).map((row) => row.attempt))).toBeLessThanOrEqual(2);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(700);
    const where = JSON.parse((await project.run(["where", "--env", "local", "--json", "scan.pdf"])).out) as {
      next: string;
    };
    expect(where.next).toContain("ledger skip");
    expect((await project.run(["ledger", "skip", "--env", "local", "scan.pdf", "--why", "a scan"])).code).toBe(0);
    expect((await ledger())["scan.pdf"]?.status).toBe("skipped");
  },
);

test.runIf(POISONS.includes("worker"))(
  "a worker that is killed at a file: read alone, processed, the next run good",
  { timeout: 300_000 },
  async () => {
    await big("slow.ndjson", Buffer.from('{"resourceType":"Observation","id":"o"}\n'.repeat(20_000)), 20);
    project.write("in/other.ndjson", patient("other"));
    const dynamo = new DynamoDB(client);
    const { ledger: table } = JSON.parse((await project.run(["outputs", "--env", "local", "--json"])).out) as {
      ledger: { name: string };
    };
    let killed = 0;
    const kill = setInterval(() => {
      void dynamo.scan({ TableName: table.name, ConsistentRead: true }).then(({ Items }) => {
        const reading = Items?.some(
          (item) =>
            item["file_id"]?.S?.startsWith("READING#") &&
            Object.entries(item).some(
              ([name, value]) => name.startsWith("patient_") && value.S?.includes("slow.ndjson"),
            ),
        );
        // On a loaded machine a worker may be over with the file before it is killed: then Spark itself tries again, and nobody is charged.
        const charged = Items?.some(
          (item) => item["key"]?.S?.includes("slow.ndjson") && Number(item["attempt"]?.N ?? 0) >= 2,
        );
        if (!reading || charged || killed > 8) return;
        for (const { pid } of workers()) {
          killed++;
          process.kill(pid, "SIGKILL");
        }
      });
    }, 100);
    const ingested = await project.run([
      "ingest",
      "--env",
      "local",
      "--wait",
      "--json",
      "in/slow.ndjson",
      "in/other.ndjson",
    ]);
    clearInterval(kill);
    expect(killed).toBeGreaterThan(0);
    expect(ingested.code, ingested.err).toBe(0);
    const rows = await ledger();
    expect(rows["other.ndjson"]).toMatchObject({ status: "processed" });
    expect(rows["slow.ndjson"]).toMatchObject({ status: "processed", attempt: 2, error: null });
    const next = await project.run(["run-workflow", "--env", "local", "--json"]);
    expect(next.code, next.err).toBe(0);
  },
);
