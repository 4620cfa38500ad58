import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ingest } from "../../src/operate/ingest/index.ts";
import type { IngestEvent, IngestFinished, IngestOptions } from "../../src/operate/ingest/events.ts";
import { select } from "../../src/operate/ingest/files.ts";
import { collect, stubContext, VirtualClock, bound } from "./support.ts";
import { World } from "./world.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "metriccare-ingest-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array = `{"resourceType":"Patient","id":"${name}"}\n`): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function world(): World {
  return new World(new VirtualClock());
}

async function run(
  w: World,
  options: IngestOptions,
): Promise<{ events: IngestEvent[]; finished: IngestFinished; calls: string[] }> {
  const ctx = stubContext(w.stubs(), w.clock);
  const events = await collect(ingest(bound(ctx, w.target), options));
  const finished = events.at(-1);
  if (finished?.type !== "finished") throw new Error(`ends with ${finished?.type}`);
  return { events, finished, calls: ctx.calls.entries.map((call) => call.operation) };
}

const keys = async (paths: readonly string[], neutralNames = false): Promise<string[]> =>
  (await select({ prefix: "fhir/", paths, neutralNames })).files.map((each) => each.key);

describe("keys", () => {
  test("a file by its name, a folder by the paths inside it, as they are", async () => {
    file("f/b c/Ä+%2F.ndjson");
    file("f/a.json");
    expect(await keys([file("x/One.ndjson"), join(folder, "f")])).toEqual([
      "fhir/One.ndjson",
      "fhir/a.json",
      "fhir/b c/Ä+%2F.ndjson",
    ]);
  });

  test("in folders hidden files and what is not FHIR stay out, and are told; what is named is taken", async () => {
    file("f/README.md", "# text");
    file("f/.DS_Store", "{}");
    file("f/.git/x.json");
    file("f/Patient.000");
    file("f/packed", gzipSync('{"resourceType":"Patient"}'));
    file("f/broken.ndjson", "not json");
    const selection = await select({ prefix: "fhir/", paths: [join(folder, "f")] });
    expect(selection.files.map((each) => each.key)).toEqual(["fhir/Patient.000", "fhir/broken.ndjson", "fhir/packed"]);
    expect(selection.skipped.map((each) => each.why)).toEqual(["hidden", "hidden", "not FHIR"]);
    expect(await keys([join(folder, "f/README.md")])).toEqual(["fhir/README.md"]);
  });

  test("two files for one key are refused together with all others like them", async () => {
    const paths = [file("a/P.ndjson"), file("b/P.ndjson"), file("a/E.ndjson"), file("b/E.ndjson")];
    await expect(select({ prefix: "fhir/", paths })).rejects.toMatchObject({
      code: "same_key",
      details: [expect.stringContaining("fhir/P.ndjson"), expect.stringContaining("fhir/E.ndjson")],
    });
  });

  test("one file named twice is one file", async () => {
    file("f/P.ndjson");
    expect(await keys([join(folder, "f"), join(folder, "f/P.ndjson")])).toEqual(["fhir/P.ndjson"]);
  });

  test("missing paths are told at once", async () => {
    await expect(
      select({ prefix: "", paths: [join(folder, "no"), file("yes.json"), join(folder, "never")] }),
    ).rejects.toMatchObject({
      code: "no_such_file",
      details: [join(folder, "no"), join(folder, "never")],
    });
  });

  test("a folder without files is an error, a circle of links is not endless", async () => {
    mkdirSync(join(folder, "f"));
    symlinkSync(join(folder, "f"), join(folder, "f", "again"));
    await expect(select({ prefix: "", paths: [join(folder, "f")] })).rejects.toMatchObject({
      code: "nothing_selected",
    });
  });

  test("neutral names tell dataset and content only", async () => {
    const paths = [
      file("Smith_Anna.ndjson"),
      file("b/Smith.json", '{"resourceType":"Bundle"}'),
      file("c/copy.json", '{"resourceType":"Bundle"}'),
    ];
    const neutral = await keys(paths, true);
    expect(neutral).toEqual([
      expect.stringMatching(/^fhir\/patient\/[0-9a-f]{32}\.ndjson$/),
      expect.stringMatching(/^fhir\/bundle\/[0-9a-f]{32}\.json$/),
    ]);
  });

  test("a key that S3 would refuse", async () => {
    await expect(select({ prefix: "p".repeat(1020), paths: [file("x.json")] })).rejects.toMatchObject({
      code: "key_too_long",
    });
  });
});

describe("without --wait", () => {
  test("nothing is sent when the selection is wrong", async () => {
    const w = world();
    await expect(run(w, { paths: [file("a/P.json"), file("b/P.json")] })).rejects.toMatchObject({ code: "same_key" });
    expect(w.puts).toEqual([]);
  });

  test("an interrupt stops between two files and says how to go on", async () => {
    const w = world();
    const interrupt = new AbortController();
    const stubs = w.stubs();
    const put = stubs.s3?.["putObject"] as (input: unknown) => unknown;
    const ctx = stubContext(
      { ...stubs, s3: { ...stubs.s3, putObject: (input) => (interrupt.abort(new Error("SIGINT")), put(input)) } },
      w.clock,
    );
    const events = await collect(
      ingest(bound(ctx, w.target), { paths: [file("a.json"), file("b.json")], signal: interrupt.signal }),
    );
    expect(w.puts).toEqual(["fhir/a.json"]);
    expect(events.at(-1)).toEqual({
      type: "detached",
      runId: "",
      next: "metriccare ingest <the same files> --env test",
    });
  });

  test("an interrupt while a run is followed names the run and how to follow it", async () => {
    const w = world();
    const interrupt = new AbortController();
    const ctx = stubContext(w.stubs(), w.clock);
    const events: IngestEvent[] = [];
    const options = { paths: [file("a.json")], wait: true, signal: interrupt.signal };
    for await (const event of ingest(bound(ctx, w.target), options)) {
      events.push(event);
      if (event.type === "run") interrupt.abort(new Error("SIGINT"));
    }
    const followed = events.find((event) => event.type === "run");
    expect(followed?.runId).toMatch(/^wr_/);
    expect(events.at(-1)).toEqual({
      type: "detached",
      runId: followed?.runId,
      next: `metriccare run-workflow --run ${followed?.runId} --env test`,
    });
  });

  test("files are sent in the order of the arguments, at different times", async () => {
    const w = world();
    const { finished } = await run(w, { paths: [file("z.json"), file("a.json"), file("m.json")] });
    expect(w.puts).toEqual(["fhir/z.json", "fhir/a.json", "fhir/m.json"]);
    expect(w.clock.sleeps).toEqual([2, 2, 2]);
    expect(finished).toMatchObject({
      ok: true,
      files: [
        { status: "sent", version_id: null, etag: expect.stringMatching(/^[0-9a-f]{32}$/) },
        { status: "sent" },
        { status: "sent" },
      ],
      runs: [],
    });
  });
});

describe("with --wait", () => {
  test("follows the run that the event started, to its end", async () => {
    const w = world();
    const { finished, events, calls } = await run(w, { paths: [file("a.json"), file("b.json")], wait: true });
    expect(finished).toMatchObject({
      ok: true,
      files: [
        { key: "fhir/a.json", status: "processed" },
        { key: "fhir/b.json", status: "processed" },
      ],
    });
    expect(finished.runs.map((each) => each.verdict)).toContain("succeeded");
    expect(events.filter((event) => event.type === "job").length).toBeGreaterThan(0);
    expect(calls.length).toBeLessThan(40);
  });

  test("the same again: nothing is sent, nothing runs, few calls", async () => {
    const w = world();
    const paths = [file("a.json"), file("b.json")];
    await run(w, { paths, wait: true });
    const { finished, calls } = await run(w, { paths, wait: true });
    expect(finished).toMatchObject({ ok: true, files: [{ status: "unchanged" }, { status: "unchanged" }], runs: [] });
    expect(w.puts).toHaveLength(2);
    expect(calls).toEqual(["headObject", "headObject", "batchGetItem", "batchGetItem", "getWorkflowRun"]);
  });

  test("changed content under an old key is a new generation", async () => {
    const w = world();
    const path = file("a.json");
    await run(w, { paths: [path], wait: true });
    file("a.json", '{"resourceType":"Patient","id":"a","active":true}');
    const { finished } = await run(w, { paths: [path], wait: true });
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
    expect(w.rows()).toHaveLength(2);
  });

  test("old content that comes back is followed as the new generation that it is", async () => {
    const w = world();
    const path = file("a.json", "{}");
    await run(w, { paths: [path], wait: true });
    file("a.json", '{"b":1}');
    await run(w, { paths: [path], wait: true });
    file("a.json", "{}");
    const { finished } = await run(w, { paths: [path], wait: true });
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
    expect(w.rows()).toHaveLength(3);
    expect(w.rows().every((row) => row["status"]?.S === "processed")).toBe(true);
  });

  test("an event that got lost: the object is sent again, once", async () => {
    const w = world();
    w.loseEvents = 1;
    const { finished, events } = await run(w, { paths: [file("a.json")], wait: true });
    expect(events).toContainEqual(expect.objectContaining({ type: "note", code: "event_lost" }));
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
    expect(w.puts).toHaveLength(2);
  });

  test("a bucket without notification ends with a word about it", async () => {
    const w = world();
    w.loseEvents = 99;
    const { finished } = await run(w, { paths: [file("a.json")], wait: true });
    expect(finished).toMatchObject({ ok: false, files: [{ status: "sent" }], error: { code: "no_event" } });
  });

  test("a function that lacks a right: told at once, with the statement to add", async () => {
    const w = world();
    w.loseEvents = 99;
    w.functionSays =
      '{"error": "GetItem AccessDeniedException: arn:aws:sts::1:assumed-role/trigger/trigger is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:1:table/ledger; the statement"}';
    const { finished } = await run(w, { paths: [file("a.json")], wait: true });
    expect(finished).toMatchObject({ ok: false, error: { code: "function_denied" } });
    expect(finished.error?.text).toContain(
      'The role trigger may not dynamodb:GetItem on arn:aws:dynamodb:us-east-1:1:table/ledger. The statement to add: {"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"arn:aws:dynamodb:us-east-1:1:table/ledger"}',
    );
    expect(finished.error?.fix).toContain("metriccare apply --only iam --env test");
    expect(w.puts).toHaveLength(1);
  });

  test("a function that may not start runs: the run is started, and the reason told", async () => {
    const w = world();
    w.functionStarts = false;
    w.functionSays =
      "AccessDeniedException: User: arn:aws:sts::1:assumed-role/trigger/trigger is not authorized to perform: glue:StartWorkflowRun on resource: arn:aws:glue:us-east-1:1:workflow/w because";
    const { finished, events } = await run(w, { paths: [file("a.json")], wait: true });
    expect(finished).toMatchObject({ ok: true });
    const notes = events.filter((event) => event.type === "note");
    expect(notes.map(({ code }) => code)).toEqual(["function_denied", "no_run"]);
    expect(notes[0]?.text).toContain('"Action":"glue:StartWorkflowRun"');
  });

  test("content that is in S3 without a row is taken up", async () => {
    const w = world();
    w.loseEvents = 1;
    const path = file("a.json");
    await run(w, { paths: [path] });
    const { finished, events } = await run(w, { paths: [path], wait: true });
    expect(events).toContainEqual(expect.objectContaining({ type: "file", status: "taken-up" }));
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
  });

  test("received files for which nobody starts a run get one", async () => {
    const w = world();
    w.functionStarts = false;
    const path = file("a.json");
    const { finished, events } = await run(w, { paths: [path], wait: true });
    expect(events).toContainEqual(expect.objectContaining({ type: "run", startedByUs: true }));
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
  });

  test("without --wait too, when nothing new is sent", async () => {
    const w = world();
    w.functionStarts = false;
    const path = file("a.json");
    await run(w, { paths: [path] });
    await w.clock.sleep(60_000);
    const { finished } = await run(w, { paths: [path] });
    expect(finished).toMatchObject({ ok: true, files: [{ status: "received" }] });
    expect(w.runs).toHaveLength(1);
    expect(w.puts).toHaveLength(1);
  });

  test("a run that fails ends the wait; files given back are not tried for ever", async () => {
    const w = world();
    w.outcomes = [false];
    const { finished } = await run(w, { paths: [file("a.json")], wait: true });
    expect(finished).toMatchObject({ ok: false, files: [{ status: "received" }], error: { code: "run_failed" } });
    expect(w.runs).toHaveLength(1);
  });

  test("runs that fail before they claim anything are not followed for ever", async () => {
    const w = world();
    w.outcomes = [false];
    w.claims = false;
    const { finished } = await run(w, { paths: [file("a.json")], wait: true });
    expect(finished).toMatchObject({ ok: false, files: [{ status: "received" }], error: { code: "run_failed" } });
    expect(finished.runs).toHaveLength(2);
  });

  test("ingesting again after a failed run kicks the next one", async () => {
    const w = world();
    w.outcomes = [false, true];
    const path = file("a.json");
    await run(w, { paths: [path], wait: true });
    const { finished } = await run(w, { paths: [path], wait: true });
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
    expect(w.puts).toHaveLength(1);
  });

  test("a broken file fails, the others are processed", async () => {
    const w = world();
    w.broken.add("fhir/b.json");
    const { finished } = await run(w, { paths: [file("a.json"), file("b.json", "nonsense")], wait: true });
    expect(finished).toMatchObject({
      ok: false,
      files: [{ status: "processed" }, { status: "failed", error: "nothing in it can be read" }],
      error: { code: "file_failed", fix: "metriccare where fhir/b.json --env test" },
    });
  });

  test("a file that comes while a run is on waits for the next run", async () => {
    const w = world();
    w.put("fhir/other.json", Buffer.from("{}"));
    await w.clock.sleep(5000);
    const { finished } = await run(w, { paths: [file("a.json")], wait: true });
    expect(finished).toMatchObject({ ok: true, files: [{ status: "processed" }] });
    expect(finished.runs.length).toBeGreaterThanOrEqual(1);
  });

  test("a timeout says what is still open", async () => {
    const w = world();
    w.runMs = 10_000_000;
    const { finished } = await run(w, { paths: [file("a.json")], wait: true, timeoutMs: 60_000 });
    expect(finished).toMatchObject({ ok: false, runs: [{ verdict: "timeout" }], error: { code: "timeout" } });
  });

  test("five hundred files cost calls by the hundred, not by the file", async () => {
    const w = world();
    const paths = Array.from({ length: 300 }, (_, at) => file(`f/${String(at).padStart(3, "0")}.json`, `{"n":${at}}`))
      .slice(0, 1)
      .map(() => join(folder, "f"));
    const { finished, calls } = await run(w, { paths, wait: true });
    expect(finished.ok).toBe(true);
    expect(calls.filter((call) => call !== "headObject" && call !== "putObject").length).toBeLessThan(60);
  });
});
