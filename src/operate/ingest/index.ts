import type { AwsContext } from "../../aws/context.ts";
import { toTheirEnd } from "./wait.ts";
import {
  atEnd,
  type IngestedFile,
  type IngestEvent,
  type IngestFinished,
  type IngestOptions,
  type IngestPipeline,
  type Job,
  type Tracked,
} from "./events.ts";
import { select } from "./files.ts";
import { lookUp } from "./rows.ts";
import { type Compared, compare, send } from "./send.ts";
import { lastRun, startUnlessOn } from "../runs/calls.ts";
import { isRunOn } from "../runs/graph.ts";
import { shellWord } from "../shell.ts";
import { inParallel } from "../parallel.ts";
import { command } from "../next.ts";

const TIMEOUT_MS = 2 * 60 * 60_000;
/** Up to so many files everything is sent one after the other. */
const IN_ORDER = 500;

/**
 * Puts files under the raw prefix and, with `wait`, follows them to their end.
 *
 * Order: where two files hold versions of one resource without `lastUpdated`, the later event wins (docs/measures.md K1). What comes
 * later among the arguments is therefore sent after all before it has arrived; files of one folder go by name, one at a
 * time too up to 500 files, then several at a time.
 */
export async function* ingest(pipeline: IngestPipeline, options: IngestOptions): AsyncGenerator<IngestEvent> {
  const { ctx } = pipeline;
  const begun = { at: ctx.clock.now(), calls: ctx.calls.total };
  const selection = await select({
    prefix: pipeline.prefix,
    paths: options.paths,
    neutralNames: options.neutralNames ?? false,
  });
  yield {
    type: "selected",
    files: selection.files.length,
    bytes: selection.files.reduce((sum, file) => sum + file.size, 0),
    skipped: selection.skipped,
  };
  const job: Job = { pipeline, options, deadline: begun.at + (options.timeoutMs ?? TIMEOUT_MS), runs: new Map() };
  const compared = await inParallel(selection.files, 8, (file) => compare(pipeline, file));
  const files = compared.map(track);
  await lookUp(pipeline, files, new Set(files.filter((_, at) => compared[at]?.same)));
  yield* alreadyThere(files);
  const wanting = files.flatMap((file, at) =>
    needsSending(file) ? [{ file, compared: compared[at] as Compared }] : [],
  );
  yield* sendAll(job, wanting);
  if (options.signal?.aborted) {
    yield { type: "detached", runId: "", next: command(ctx, "ingest <the same files>") };
    return;
  }
  if (wanting.length === 0) yield* nudge(job, files);
  let error: IngestFinished["error"];
  if (options.wait) error = yield* toTheirEnd(job, files);
  // `detached` was the last word.
  if (options.signal?.aborted) return;
  yield report(files, job, begun, error);
}

const track = ({ file, same }: Compared): Tracked => ({
  path: file.path,
  key: file.key,
  size: same?.size ?? file.size,
  etag: same?.etag ?? "",
  versionId: same?.versionId ?? null,
  status: "unrecorded",
  attempt: 0,
  known: new Set(),
});

/** Not in S3, other content there, or there without a row: its event got lost. */
const needsSending = (file: Tracked): boolean => file.fileId === undefined;

/** What S3 and the ledger both have already. */
function* alreadyThere(files: readonly Tracked[]): Generator<IngestEvent> {
  for (const file of files) {
    if (needsSending(file)) continue;
    if (file.status === "processed") file.status = "unchanged";
    yield {
      type: "file",
      key: file.key,
      status: file.status,
      bytes: file.size,
      ...(file.error ? { error: file.error } : {}),
    };
  }
}

interface Wanting {
  readonly file: Tracked;
  readonly compared: Compared;
}

async function* sendAll(job: Job, wanting: readonly Wanting[]): AsyncGenerator<IngestEvent> {
  const width = job.options.parallel ?? (wanting.length > IN_ORDER ? 8 : 1);
  for (const group of byArgument(wanting)) {
    // Chunks, so that progress shows and an interrupt is heard.
    for (let at = 0; at < group.length; at += width) {
      if (job.options.signal?.aborted) return;
      const chunk = group.slice(at, at + width);
      await inParallel(chunk, width, (each) => sendOne(job, each));
      for (const { file, compared } of chunk)
        yield { type: "file", key: file.key, status: compared.same ? "taken-up" : "sent", bytes: file.size };
    }
  }
}

function byArgument(wanting: readonly Wanting[]): Wanting[][] {
  const groups = new Map<number, Wanting[]>();
  for (const each of wanting)
    groups.set(each.compared.file.argument, [...(groups.get(each.compared.file.argument) ?? []), each]);
  return [...groups.values()];
}

async function sendOne({ pipeline }: Job, { file, compared }: Wanting): Promise<void> {
  const { clock } = pipeline.ctx;
  const before = clock.now();
  const remote = await send(pipeline, compared);
  file.etag = remote.etag;
  file.versionId = remote.versionId;
  file.sentAt = clock.now();
  file.status = "sent";
  // Event times have milliseconds: two files sent within one would be ordered by chance.
  if (file.sentAt - before < 2) await clock.sleep(2);
}

/** Files that wait while nothing runs and nothing new was sent: no event will start a run, so this does. */
async function* nudge(job: Job, files: readonly Tracked[]): AsyncGenerator<IngestEvent> {
  if (job.options.wait || !files.some((file) => file.status === "received")) return;
  const { ctx, run } = job.pipeline;
  if (isRunOn((await lastRun(ctx, run.workflow))?.Status)) return;
  const runId = await startUnlessOn(ctx, run.workflow);
  if (runId !== undefined) yield { type: "run", runId, startedByUs: true };
}

function report(
  files: readonly Tracked[],
  job: Job,
  begun: { at: number; calls: number },
  error: IngestFinished["error"],
): IngestFinished {
  const { ctx } = job.pipeline;
  const done = job.options.wait
    ? (file: Tracked) => file.status === "processed" || file.status === "unchanged"
    : (file: Tracked) => file.status !== "failed";
  const bad = files.filter((file) => !done(file));
  const told = error ?? (bad.length > 0 ? badFiles(ctx, bad) : undefined);
  return {
    type: "finished",
    ok: told === undefined,
    files: files.map(toFile),
    runs: [...job.runs.values()].map(({ runId, verdict, jobs }) => ({ runId, verdict, jobs })),
    calls: ctx.calls.total - begun.calls,
    ms: ctx.clock.now() - begun.at,
    ...(told ? { error: told } : {}),
  };
}

const toFile = (file: Tracked): IngestedFile => ({
  key: file.key,
  version_id: file.versionId,
  etag: file.etag,
  status: file.status,
  ...(file.error ? { error: file.error } : {}),
});

function badFiles(ctx: AwsContext, bad: readonly Tracked[]): IngestFinished["error"] {
  const failed = bad.filter((file) => file.status === "failed");
  const [first] = failed.length > 0 ? failed : bad;
  const text =
    failed.length > 0
      ? `${failed.length === 1 ? `${first?.key} failed` : `${failed.length} files failed`}${first?.error ? `: ${first.error}` : ""}`
      : bad.every((file) => file.status === "skipped")
        ? `${bad.length === 1 ? `${first?.key} was` : `${bad.length} files were`} set aside (ledger skip) and ${bad.length === 1 ? "is" : "are"} not read`
        : `${bad.filter((file) => !atEnd(file)).length} files are not at their end`;
  return {
    code: failed.length > 0 ? "file_failed" : "not_at_end",
    text,
    fix: command(ctx, failed.length > 0 ? `where ${shellWord(first?.key ?? "")}` : "ledger list --status received"),
  };
}
