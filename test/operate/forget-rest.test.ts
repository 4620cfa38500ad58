import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { opened } from "../../src/operate/forget/content.ts";
import { unzipped } from "../../src/operate/forget/gzip.ts";
import { forget, type ForgetEvent, type ForgetPlan } from "../../src/operate/forget/index.ts";
import { eraseBy } from "../../src/operate/forget/jobs.ts";
import { abortUploads, bytesOf } from "../../src/operate/forget/objects.ts";
import { unknownPerson } from "../../src/operate/forget/person.ts";
import type { Place } from "../../src/operate/forget/place.ts";
import { leftovers } from "../../src/operate/forget/prove.ts";
import { Ledger } from "../../src/operate/ledger/ledger.ts";
import { HASH_KEY } from "../../src/lakehouse/ledger.ts";
import { fileItem, headItem } from "../harness/ledger.ts";
import { startMoto } from "../harness/moto.ts";
import { worldAt } from "../harness/world.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { parquetOf } from "./parquet.ts";
import { forgetView } from "../../src/ui/forget.ts";
import type { Terminal } from "../../src/ui/terminal.ts";
import { type Stubs, stubContext, VirtualClock } from "./support.ts";

type Row = ReturnType<typeof fileItem>;

/** What S3 and Glue of a lake hold, and what was asked of them. */
class Lake {
  /** Versions by `bucket/key`; null is what was put before the bucket was versioned. */
  readonly objects: { at: string; id: string; latest: boolean; body: Buffer }[] = [];
  uploads: { Key: string; UploadId: string }[] = [];
  readonly started: string[] = [];
  readonly folders: Record<string, string> = {};
  readonly runs: string[] = [];
  /** A run that is on at the n-th look, from 1. */
  onAt: number[] = [];
  looks = 0;
  runStarted = false;
  ledger: Row[] = [];
  jobStates = ["SUCCEEDED"];

  put(at: string, body: string | Buffer, id = "v1", latest = true): void {
    this.objects.push({ at, id, latest, body: Buffer.from(body) });
  }

  #under = (at: string): Lake["objects"] => this.objects.filter((one) => one.at.startsWith(at));
  #key = (at: string): string => at.slice(at.indexOf("/") + 1);
  #remove = (bucket: string, key: string, id: string | undefined): void => {
    const found = this.objects.findIndex((one) => one.at === `${bucket}/${key}` && (id === undefined || one.id === id));
    if (found >= 0) this.objects.splice(found, 1);
  };

  readonly stubs: Stubs = {
    s3: {
      listObjectVersions: ({ Bucket, Prefix = "" }: { Bucket: string; Prefix?: string }) => ({
        Versions: this.#under(`${Bucket}/${Prefix}`).map(({ at, id, latest }) => ({
          Key: this.#key(at),
          VersionId: id,
          IsLatest: latest,
        })),
      }),
      listObjectsV2: () => ({}),
      getObject: ({ Bucket, Key, VersionId }: { Bucket: string; Key: string; VersionId?: string }) => {
        const one = this.objects.find(
          ({ at, id, latest }) => at === `${Bucket}/${Key}` && (VersionId === undefined ? latest : id === VersionId),
        );
        if (!one) throw Object.assign(new Error("gone"), { name: "NoSuchKey", $metadata: { httpStatusCode: 404 } });
        return { Body: { transformToByteArray: () => one.body } };
      },
      putObject: ({ Bucket, Key, Body }: { Bucket: string; Key: string; Body: string }) => {
        this.put(`${Bucket}/${Key}`, Body);
        return {};
      },
      deleteObject: ({ Bucket, Key, VersionId }: { Bucket: string; Key: string; VersionId?: string }) => {
        this.#remove(Bucket, Key, VersionId);
        return {};
      },
      deleteObjects: (input: { Bucket: string; Delete: { Objects: { Key: string; VersionId: string }[] } }) => {
        for (const { Key, VersionId } of input.Delete.Objects) this.#remove(input.Bucket, Key, VersionId);
        return {};
      },
      // One a page.
      listMultipartUploads: ({ KeyMarker }: { KeyMarker?: string }) => {
        const at = KeyMarker === undefined ? 0 : this.uploads.findIndex(({ Key }) => Key === KeyMarker) + 1;
        const one = this.uploads[at];
        return { Uploads: one ? [one] : [], IsTruncated: at < this.uploads.length - 1, NextKeyMarker: one?.Key };
      },
      abortMultipartUpload: ({ UploadId }: { UploadId: string }) => {
        this.uploads = this.uploads.filter((one) => one.UploadId !== UploadId);
        return {};
      },
    },
    glue: {
      getWorkflow: () => {
        this.looks++;
        const on = this.onAt.includes(this.looks);
        return { Workflow: { LastRun: { WorkflowRunId: "wr_1", Status: on ? "RUNNING" : "COMPLETED" } } };
      },
      getWorkflowRun: ({ RunId }: { RunId: string }) => {
        // The foreign run keeps stays once more.
        if (RunId === "wr_1") this.put("silver/stays/s.parquet", "x");
        return { Run: { WorkflowRunId: RunId, Status: "COMPLETED", Graph: { Nodes: [] } } };
      },
      startWorkflowRun: () => {
        this.runStarted = true;
        expect(this.objects.filter(({ at }) => at.startsWith("silver/stays/"))).toEqual([]);
        return { RunId: "wr_2" };
      },
      getJob: ({ JobName }: { JobName: string }) => ({
        Job: { DefaultArguments: { "--TempDir": this.folders[JobName] ?? `s3://scripts/tmp/role/` } },
      }),
      startJobRun: ({ JobName }: { JobName: string }) => {
        this.started.push(JobName);
        return { JobRunId: `jr_${JobName}` };
      },
      getJobRun: () => ({
        JobRun: { JobRunState: this.jobStates.length > 1 ? this.jobStates.shift() : this.jobStates[0] },
      }),
    },
    dynamodb: {
      query: () => ({ Items: [] }),
      batchGetItem: ({ RequestItems }: { RequestItems: Record<string, { Keys: Row[] }> }) => {
        const ids = Object.values(RequestItems).flatMap(({ Keys }) => Keys.map((key) => key[HASH_KEY]?.S));
        return { Responses: { ledger: this.ledger.filter((item) => ids.includes(item[HASH_KEY]?.S)) } };
      },
    },
  };

  readonly clock = new VirtualClock();
  place(): Place {
    const ctx = stubContext(this.stubs, this.clock);
    const writers = (["bronze", "silver"] as const).flatMap((layer) =>
      ["patient", "encounter", "condition"].map((dataset) => ({
        layer,
        dataset,
        job: `${layer}-${dataset}`,
        temp: "s3://scripts/tmp/role/",
      })),
    );
    const ledger = new Ledger(ctx, { table: "ledger", hashKey: HASH_KEY });
    const run = { workflow: "w", jobs: {} };
    return {
      pipeline: { ctx, ledger, bucket: "raw", prefix: "fhir/", function: "f", bronze: "bronze", run },
      silver: "silver",
      writers,
    };
  }
}

const them = (): ReturnType<typeof unknownPerson> => {
  const person = unknownPerson();
  person.patients.add("secret1");
  return person;
};
const nothing = { rows: {}, ids: {} };
const line = (id: string): string => `${JSON.stringify({ resourceType: "Patient", id })}\n`;
const left = (lake: Lake): Promise<string[]> => leftovers(lake.place(), them(), [], nothing);

async function erased(lake: Lake, yes = true, what = "Patient/secret1"): Promise<ForgetEvent[]> {
  const events: ForgetEvent[] = [];
  for await (const event of forget(lake.place(), what, { yes })) events.push(event);
  return events;
}

test("a version from before the bucket was versioned is read by its name, `null`", async () => {
  const lake = new Lake();
  lake.put("raw/fhir/a", line("secret1"), "null", false);
  lake.put("raw/fhir/a", line("q"), "v2");
  const { ctx } = lake.place().pipeline;
  const old = await bytesOf(ctx, "raw", { key: "fhir/a", versionId: "null", isLatest: false });
  expect(old?.toString()).toContain("secret1");
  expect(await left(lake)).toEqual(["s3://raw/ (a raw file)"]);
});

test("kept stays that name an encounter of theirs are left, those of another patient with the same id are not", async () => {
  const shape = { person: "text", figures: { stay_id: "text", adds: [{ measure: "text", by_id: "text" }] } } as const;
  const stays = (figures: object): Promise<string[]> => {
    const lake = new Lake();
    const rows = [{ person: "q", figures }];
    lake.put("silver/stays/kind=figures/f-0_0-1-1_20240101000000001.parquet", Buffer.from(parquetOf(shape, rows)));
    const person = them();
    person.encounters.add("e1");
    return leftovers(lake.place(), person, [], nothing);
  };
  const found = ["s3://silver/stays/"];
  expect(await stays({ stay_id: "e1", adds: [] })).toEqual(found);
  expect(await stays({ stay_id: "e2", adds: [{ measure: "m", by_id: "e1" }] })).toEqual(found);
  // Ids are a type's own: an encounter may be called as the patient is.
  expect(await stays({ stay_id: "secret1", adds: [{ measure: "m", by_id: "secret1" }] })).toEqual([]);
  expect(await stays({ stay_id: "e2", adds: [{ measure: "e1", by_id: null }] })).toEqual([]);
});

test("S3 takes that name in a bucket that was never versioned, and after", async () => {
  const emulator = await startMoto();
  try {
    const ctx = worldAt({ endpoint: emulator.endpoint });
    const s3 = await ctx.clients.of(s3Client);
    await s3.createBucket({ Bucket: "raw-null" });
    const old = { key: "a", versionId: "null" };
    await s3.putObject({ Bucket: "raw-null", Key: "a", Body: "one" });
    expect((await bytesOf(ctx, "raw-null", { ...old, isLatest: true }))?.toString()).toBe("one");
    await s3.putBucketVersioning({ Bucket: "raw-null", VersioningConfiguration: { Status: "Enabled" } });
    await s3.putObject({ Bucket: "raw-null", Key: "a", Body: "two" });
    expect((await bytesOf(ctx, "raw-null", { ...old, isLatest: false }))?.toString()).toBe("one");
  } finally {
    await emulator.stop();
  }
});

test("an archived object is told with its storage class, not as a right that is missing", async () => {
  const lake = new Lake();
  const stubs = {
    s3: {
      getObject: () => {
        const $metadata = { httpStatusCode: 403 };
        throw Object.assign(new Error("no"), { name: "InvalidObjectState", StorageClass: "DEEP_ARCHIVE", $metadata });
      },
    },
  };
  const ctx = stubContext(stubs, lake.clock);
  await expect(bytesOf(ctx, "raw", { key: "k", versionId: "v", isLatest: true })).rejects.toMatchObject({
    code: "object_archived",
    message: expect.stringContaining("DEEP_ARCHIVE"),
    fix: expect.stringMatching(/^restore it first, or /),
  });
});

test("unfinished uploads are aborted on every page; others that nobody can look into are told", async () => {
  const lake = new Lake();
  lake.uploads = ["fhir/a", "fhir/b", "fhir/c"].map((Key) => ({ Key, UploadId: Key }));
  const { ctx } = lake.place().pipeline;
  await abortUploads(ctx, "raw", "fhir/", (key) => key === "fhir/c");
  expect(lake.uploads.map(({ Key }) => Key)).toEqual(["fhir/a", "fhir/b"]);
  expect(await left(lake)).toEqual(["s3://raw/ (unfinished uploads that nobody can look into: 2)"]);
});

describe("gzip", () => {
  const text = Array.from({ length: 3_000 }, (_, at) => line(`p${(at * 7919) % 100_003}`)).join("");
  const whole = gzipSync(text);

  test("what is cut off is read as far as it goes", () => {
    const { bytes, zipped, unseen } = opened(whole.subarray(0, whole.length >> 1));
    expect([zipped, unseen]).toEqual([true, false]);
    expect(bytes.length).toBeGreaterThan(text.length / 3);
    expect(text.startsWith(bytes.toString())).toBe(true);
  });

  test("what is damaged is read up to there, and the rest is not taken for proven", async () => {
    const at = whole.length >> 1;
    const damaged = Buffer.concat([whole.subarray(0, at), Buffer.alloc(40, 0xff), whole.subarray(at + 40)]);
    const { bytes, unseen } = opened(damaged);
    expect(unseen).toBe(true);
    expect(bytes.length).toBeGreaterThan(text.length / 3);
    const lake = new Lake();
    lake.put("raw/fhir/a.gz", damaged);
    expect(await left(lake)).toEqual([expect.stringContaining("damaged or too large")]);
  });

  test("a wrong checksum is damage; a bomb is not unzipped", () => {
    const wrong = Buffer.from(whole);
    wrong[wrong.length - 6] = (wrong[wrong.length - 6] ?? 0) ^ 1;
    expect(unzipped(wrong)).toEqual({ bytes: Buffer.from(text), unseen: true });
    const bomb = gzipSync(Buffer.alloc(3_000_000));
    expect(unzipped(bomb, 1_000)).toEqual({ bytes: Buffer.alloc(0), unseen: true });
    expect(unzipped(bomb).bytes.length).toBe(3_000_000);
  });
});

describe("the deed", () => {
  test("every writer's job is started, though nothing of its table's rows is left", async () => {
    const lake = new Lake();
    await erased(lake);
    expect(lake.started.toSorted()).toEqual(
      lake
        .place()
        .writers.map(({ job }) => job)
        .toSorted(),
    );
    expect(lake.runStarted).toBe(true);
  });

  test("a run that has begun while the plan was made is refused", async () => {
    const lake = new Lake();
    lake.onAt = [2];
    await expect(erased(lake)).rejects.toMatchObject({ code: "concurrent_runs" });
    expect(lake.started).toEqual([]);
  });

  test("a file that a run has claimed is refused by its name too", async () => {
    const lake = new Lake();
    const file = { bucket: "raw", key: "fhir/a", ms: 1_700_000_000_000 };
    lake.ledger = [fileItem({ ...file, status: "claimed" }), headItem(file)];
    await expect(erased(lake, true, "fhir/a")).rejects.toMatchObject({ code: "forget_waits" });
    expect(lake.started).toEqual([]);
  });

  test("stays that a foreign run has kept meanwhile go before the measures are computed", async () => {
    const lake = new Lake();
    lake.onAt = [3];
    const events = await erased(lake);
    expect(events.at(-1)).toEqual({ type: "finished", left: [] });
    expect(lake.runStarted).toBe(true);
  });

  test("only the project's own temporary folder is emptied; a foreign one is told before", async () => {
    const lake = new Lake();
    lake.folders["silver-patient"] = "s3://shared/work/";
    lake.put("shared/work/others.csv", "x");
    lake.put("scripts/tmp/role/old.json", "secret1");
    const plan = (await erased(lake, false)).find((one): one is ForgetPlan => one.type === "plan");
    expect(plan?.temp_kept).toEqual(["s3://shared/work/"]);
    await erased(lake);
    expect(lake.objects.map(({ at }) => at)).toEqual(["shared/work/others.csv"]);
  });

  test("the plan says what stays: keys that name the person, and what waits in the queue", async () => {
    const lake = new Lake();
    lake.put("raw/fhir/secret1/scan.ndjson", line("q"));
    lake.put("raw/fhir/secret12.ndjson", line("q"));
    lake.put("raw/fhir/secret1.ndjson", line("secret1"));
    const sqs = (getQueueAttributes: () => unknown): Stubs => ({ ...lake.stubs, sqs: { getQueueAttributes } });
    const planned = async (stubs: Stubs): Promise<ForgetPlan | undefined> => {
      const place = lake.place();
      const pipeline = { ...place.pipeline, ctx: stubContext(stubs, lake.clock), queue: "undelivered" };
      for await (const event of forget({ ...place, pipeline }, "Patient/secret1", { yes: false }))
        if (event.type === "plan") return event;
      return undefined;
    };
    const attributes = { ApproximateNumberOfMessages: "2", ApproximateNumberOfMessagesNotVisible: "1" };
    expect(await planned(sqs(() => ({ Attributes: attributes })))).toMatchObject({ keys_kept: 1, undelivered: 3 });
    const refused = sqs(() => {
      throw Object.assign(new Error("no"), { name: "AccessDenied" });
    });
    const plan = await planned(refused);
    expect(plan).toMatchObject({ files_removed: 1, undelivered: null });
    if (!plan) return;
    const said: string[] = [];
    const term = { emit: () => undefined, line: (text: string) => said.push(text) } as unknown as Terminal;
    forgetView(term, { yes: true })(plan);
    expect(said.filter((text) => text.startsWith("  stays"))).toEqual([
      expect.stringContaining("1 raw object with a key that names it"),
      expect.stringContaining("messages (how many cannot be seen) in the queue"),
    ]);
  });

  test("what temporary folders hold at the end is looked through", async () => {
    const lake = new Lake();
    lake.put("scripts/tmp/role/x.json", `{"id":"secret1"}`);
    expect(await left(lake)).toEqual(["s3://scripts/tmp/role/"]);
  });
});

describe("a job that erases", () => {
  const start = (lake: Lake, signal?: AbortSignal): Promise<void> => {
    const { pipeline, writers } = lake.place();
    const [writer] = writers;
    if (!writer) return expect.fail("no writer");
    return eraseBy(pipeline.ctx, writer, nothing, signal);
  };

  test("Ctrl-C is heard while it runs", async () => {
    const lake = new Lake();
    lake.jobStates = ["RUNNING"];
    const stop = new AbortController();
    const { sleep } = lake.clock;
    lake.clock.sleep = async (ms, signal) => {
      if (lake.clock.sleeps.length === 3) stop.abort(new Error("interrupted"));
      if (lake.clock.sleeps.length > 9) throw new Error("nobody heard it");
      await sleep.call(lake.clock, ms, signal);
    };
    await expect(start(lake, stop.signal)).rejects.toMatchObject({
      code: "interrupted",
      fix: expect.stringContaining("start `metriccare forget` again"),
    });
    expect(lake.objects).toEqual([]);
  });

  test("one that runs already is told with what to do", async () => {
    const lake = new Lake();
    lake.stubs.glue = {
      ...lake.stubs.glue,
      startJobRun: () => {
        throw Object.assign(new Error("Concurrent runs exceeded"), { name: "ConcurrentRunsExceededException" });
      },
    };
    await expect(start(lake)).rejects.toMatchObject({
      code: "concurrent_runs",
      fix: expect.stringContaining("start `metriccare forget` again"),
    });
  });
});
