import { denialHint } from "../runs/denial.ts";
import { functionDenied } from "./function-denied.ts";
import { isRunOn } from "../runs/graph.ts";
import { didItsWork, isGood, runFailed, stateOf, timedOut, WRITTEN } from "./ended.ts";
import { atEnd, type Ending, type IngestEvent, type Job, type Tracked } from "./events.ts";
import { refresh } from "./rows.ts";
import { compare, send } from "./send.ts";
import { Pace, persist } from "../pace.ts";
import { lastRun, startUnlessOn } from "../runs/calls.ts";
import { followRun, MAX_FRUITLESS, RELEASE_MS } from "../runs/follow.ts";
import { command } from "../next.ts";

/** How long an event may take before its file is sent again: seconds as a rule, sometimes a minute or more. */
const EVENT_MS = 120_000;
/** How long received files may wait for a run that nobody starts. */
const KICK_MS = 15_000;
const MAX_KICKS = 3;

/** Follows files and runs until all is over. Answers what went wrong, or nothing. */
export async function* toTheirEnd(job: Job, files: readonly Tracked[]): AsyncGenerator<IngestEvent, Ending> {
  try {
    return yield* watch(job, files);
  } catch (error) {
    if (!job.options.signal?.aborted) throw error;
    const { following = "" } = job;
    const next = following === "" ? "ingest --wait <the same files>" : `run-workflow --run ${following}`;
    yield { type: "detached", runId: following, next: command(job.pipeline.ctx, next) };
    return undefined;
  }
}

interface State {
  readonly shown: Map<string, string>;
  readonly pace: Pace;
  idleSince: number | undefined;
  kicks: number;
  /** Runs that failed one after the other without moving any file. */
  fruitless: number;
  /** When the function's log was last looked at, epoch ms. */
  askedFunction: number;
}

async function* watch(job: Job, files: readonly Tracked[]): AsyncGenerator<IngestEvent, Ending> {
  const { pipeline } = job;
  const { ctx } = pipeline;
  const state: State = {
    shown: new Map(),
    pace: new Pace(ctx.clock, { minMs: 400, maxMs: 5000 }),
    idleSince: undefined,
    kicks: 0,
    fruitless: 0,
    askedFunction: 0,
  };
  const open = files.filter((file) => !atEnd(file));
  if (open.length === 0) return yield* afterwards(job, files);
  for (;;) {
    if (yield* ask(job, () => refresh(pipeline, open))) {
      state.pace.changed();
      state.fruitless = 0;
    }
    yield* tell(open, state.shown);
    if (open.every(atEnd)) return yield* afterwards(job, files);
    const last = yield* ask(job, () => lastRun(ctx, pipeline.run.workflow));
    if (state.fruitless >= MAX_FRUITLESS)
      return runFailed(job, `${open.filter((file) => !atEnd(file)).length} files wait`);
    if (last?.WorkflowRunId && isRunOn(last.Status)) {
      state.idleSince = undefined;
      const ended = yield* followOne(job, last.WorkflowRunId, false);
      if (ended) return ended;
      if (!didItsWork(job, last.WorkflowRunId) && open.some((file) => file.fileId)) state.fruitless++;
      state.pace.changed();
      continue;
    }
    const now = ctx.clock.now();
    state.idleSince ??= now;
    if (now >= job.deadline) return timedOut(job, open);
    const ended = yield* idle(job, open, state, now - state.idleSince);
    if (ended) return ended;
    await state.pace.rest(job.options.signal, job.deadline);
  }
}

const ask = <T>(job: Job, read: () => Promise<T>) =>
  persist(
    {
      clock: job.pipeline.ctx.clock,
      deadline: job.deadline,
      fix: command(job.pipeline.ctx, "ingest --wait <the same files>"),
      signal: job.options.signal,
    },
    read,
  );

function* tell(files: readonly Tracked[], shown: Map<string, string>): Generator<IngestEvent> {
  for (const file of files) {
    if (file.status === "sent" || shown.get(file.key) === file.status) continue;
    shown.set(file.key, file.status);
    yield {
      type: "file",
      key: file.key,
      status: file.status,
      bytes: file.size,
      ...(file.error ? { error: file.error } : {}),
    };
  }
}

/** One run to its end. Answers an ending when the command is over with it: timeout, or the user let go. */
async function* followOne(job: Job, runId: string, startedByUs: boolean): AsyncGenerator<IngestEvent, Ending> {
  const { pipeline, options } = job;
  const { ctx } = pipeline;
  yield { type: "run", runId, startedByUs };
  job.following = runId;
  const left = Math.max(0, job.deadline - ctx.clock.now());
  for await (const event of followRun(ctx, pipeline.run, runId, {
    timeoutMs: left,
    ...(options.signal ? { signal: options.signal } : {}),
  })) {
    if (event.type === "detached") throw options.signal?.reason ?? new Error("detached");
    if (event.type !== "finished") {
      yield event;
      continue;
    }
    job.runs.set(runId, event);
    job.following = undefined;
    yield { ...event, type: "run-finished" };
    if (event.verdict === "timeout")
      return event.error ? ({ fix: command(ctx, "run-workflow --attach"), ...event.error } as Ending) : undefined;
  }
  return undefined;
}

/** Nothing runs and something is not at its end: waits for what should come by itself, then helps, then gives up. */
async function* idle(
  job: Job,
  open: readonly Tracked[],
  state: State,
  idleMs: number,
): AsyncGenerator<IngestEvent, Ending> {
  const { ctx } = job.pipeline;
  const unrecorded = open.filter((file) => !file.fileId);
  const late = unrecorded.filter((file) => ctx.clock.now() - (file.sentAt ?? 0) >= EVENT_MS);
  if (unrecorded.length > 0 && idleMs < KICK_MS) return undefined;
  if (unrecorded.length > 0) {
    const denied = yield* functionProblem(job, open, state);
    if (denied) return denied;
  }
  if (late.length > 0) return yield* resend(job, late);
  const received = open.filter((file) => file.status === "received");
  const claimed = open.filter((file) => file.status === "claimed");
  const spent = received.filter((file) => file.attempt > (file.attemptAtFirst ?? 0));
  const lastVerdict = [...job.runs.values()].at(-1);
  // Tried while we watched, by a run that failed, and given back: trying again is the user's decision.
  if (
    spent.length > 0 &&
    spent.length === received.length &&
    claimed.length + unrecorded.length === 0 &&
    lastVerdict &&
    !didItsWork(job, lastVerdict.runId)
  )
    return runFailed(job, `${spent.length} files wait for another run`);
  if (received.length > 0 && idleMs >= KICK_MS) return yield* kick(job, received, state);
  if (claimed.length > 0 && received.length === 0 && idleMs >= RELEASE_MS)
    return {
      code: "claims_left",
      text: `${claimed.length} files are claimed by a run that is over (${claimed[0]?.runId ?? "unknown"})`,
      fix: `${command(ctx, "run-workflow")} takes them when their lease has expired`,
    };
  return undefined;
}

/** A function that lacks a right records nothing, however often its event comes. */
async function* functionProblem(job: Job, open: readonly Tracked[], state: State): AsyncGenerator<IngestEvent, Ending> {
  const { pipeline } = job;
  const { ctx } = pipeline;
  const now = ctx.clock.now();
  if (now - state.askedFunction < KICK_MS) return undefined;
  state.askedFunction = now;
  const denied = yield* ask(job, () => functionDenied(ctx, pipeline.function, firstSent(open, now)));
  if (!denied) return undefined;
  const { means, fix } = denialHint(ctx, denied);
  return { code: "function_denied", text: `The function ${pipeline.function} failed. ${means}`, fix };
}

const firstSent = (files: readonly Tracked[], otherwise: number): number =>
  Math.min(otherwise, ...files.flatMap((file) => file.sentAt ?? []));

async function* kick(job: Job, received: readonly Tracked[], state: State): AsyncGenerator<IngestEvent, Ending> {
  const { pipeline } = job;
  const { ctx } = pipeline;
  const count = received.length;
  if (state.kicks >= MAX_KICKS) return runFailed(job, `${count} files were not taken by ${MAX_KICKS} runs`);
  state.kicks++;
  state.idleSince = undefined;
  const why = yield* functionProblem(job, received, state);
  if (why) yield { type: "note", code: why.code, text: `${why.text}. ${why.fix}` };
  yield { type: "note", code: "no_run", text: `${count} files wait and no run was started for them: starting one` };
  const runId = await startUnlessOn(ctx, pipeline.run.workflow);
  // Somebody was quicker: the next look finds that run.
  return runId === undefined ? undefined : yield* followOne(job, runId, true);
}

/** An event that has not come in two minutes is lost: the object is sent again, once. */
async function* resend(job: Job, late: readonly Tracked[]): AsyncGenerator<IngestEvent, Ending> {
  const { pipeline } = job;
  const { ctx } = pipeline;
  const again = late.filter((file) => !file.resent);
  if (again.length === 0)
    return {
      code: "no_event",
      text: `The ledger has heard nothing of ${late.length} files that are in S3 (${late[0]?.key ?? ""})`,
      fix: `${command(ctx, "diff")}: the bucket's notification or the function's permission may be gone`,
    };
  yield {
    type: "note",
    code: "event_lost",
    text: `No event came for ${again.length} files in ${EVENT_MS / 1000} s: sending them again`,
  };
  for (const file of again) {
    const compared = await compare(pipeline, {
      path: file.path,
      key: file.key,
      size: file.size,
      argument: 0,
    });
    const remote = await send(pipeline, compared);
    Object.assign(file, { etag: remote.etag, versionId: remote.versionId, sentAt: ctx.clock.now(), resent: true });
  }
  return undefined;
}

const isWorkflowRun = (runId: string | undefined): runId is string => runId?.startsWith("wr_") ?? false;

/** All files are at their end: the run that took the last of them has to be over too, Gold included. */
async function* afterwards(job: Job, files: readonly Tracked[]): AsyncGenerator<IngestEvent, Ending> {
  const last = files
    .filter((file) => isWorkflowRun(file.runId))
    .sort((a, b) => ((a.claimedAt ?? "") < (b.claimedAt ?? "") ? -1 : 1))
    .at(-1)?.runId;
  if (!last) return undefined;
  if (!job.runs.has(last)) {
    // Nothing was new: a run that is long over and well, or forgotten by Glue, is no more to be told of.
    if (files.every((file) => file.status === "unchanged")) {
      const state = yield* ask(job, () => stateOf(job, last));
      if (state === "good") return undefined;
      if (state === "bad") return yield* caughtUp(job, last);
    }
    const ended = yield* followOne(job, last, false);
    if (ended) return ended;
  }
  return isGood(job, last)
    ? undefined
    : runFailed(
        job,
        didItsWork(job, last) ? WRITTEN : "the files are at their end, but what comes after Bronze is not",
      );
}

/** The run that took these files failed after Bronze: a younger one must have caught up since. */
async function* caughtUp(job: Job, runId: string): AsyncGenerator<IngestEvent, Ending> {
  const last = yield* ask(job, () => lastRun(job.pipeline.ctx, job.pipeline.run.workflow));
  const younger = last?.WorkflowRunId ?? runId;
  const ended = yield* followOne(job, younger, false);
  if (ended) return ended;
  if (isGood(job, younger)) return undefined;
  const written = didItsWork(job, younger);
  return runFailed(job, written ? WRITTEN : "nothing is new, but Silver and Gold are not up to date");
}
