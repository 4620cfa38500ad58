import type { AwsContext } from "../../aws/context.ts";
import { isOver, isRunOn, jobsOf, jobsVerdict, type Verdict } from "../runs/graph.ts";
import { headId } from "../ledger/file-id.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { filesOfKey } from "../ledger/read.ts";
import { Pace } from "../pace.ts";
import { isAbsent } from "../problem.ts";
import { readRun } from "../runs/calls.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { command, noBucket } from "../next.ts";
import { s3Client } from "../../services/s3/client.ts";

/** Where a canary flies: the raw prefix, the ledger, the workflow. */
type Route = Pick<Pipeline, "ctx" | "bucket" | "prefix" | "ledger" | "run">;

/** One hop of the canary's way. */
export interface Hop {
  readonly type: "hop";
  readonly hop: "put" | "ledger" | "claimed" | "processed" | "run" | "cleanup";
  readonly ok: boolean;
  /** Since the hop before. */
  readonly seconds: number;
  readonly text: string;
  readonly fix: string | null;
}

/** A line that no job keeps: a type of resource that no table is for. */
const BODY = '{"resourceType":"Basic","id":"metriccare-canary","code":{"text":"canary"}}\n';
const NAME = "metriccare-canary-";
/** S3's events usually come within seconds, now and then after a minute. */
const EVENT_MS = 3 * 60_000;
const GIVE_BACK_MS = 60_000;
const OLD_MS = 60 * 60_000;
const POLL = { minMs: 300, maxMs: 5_000, factor: 1.3 };

interface Options {
  /** For the whole way. Default 30 minutes: a run that is on has to end first. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Sends a harmless file through the pipeline, times each hop, and takes it away again. */
export async function* canary(route: Route, options: Options = {}): AsyncGenerator<Hop> {
  const { ctx, bucket, prefix } = route;
  await sweep(route);
  const key = `${prefix}${NAME}${new Date(ctx.clock.now()).toISOString().replace(/[-:.]/g, "")}.ndjson`;
  const watch = new Watch(ctx, options);
  const versionId = await put(route, key);
  try {
    yield watch.hop("put", true, `s3://${bucket}/${key}`);
    yield* fly(route, key, watch);
  } finally {
    // Also after Ctrl-C: what was sent is not left behind. A claim that is on keeps it, and is told.
    const left = await cleanUp(route, key, versionId);
    yield left === undefined
      ? watch.hop("cleanup", true, "the file and its ledger rows are gone")
      : watch.hop("cleanup", false, left, command(ctx, "doctor --canary, once that run is over: it sweeps up"));
  }
}

class Watch {
  #at: number;
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
  constructor(
    readonly ctx: AwsContext,
    options: Options,
  ) {
    this.#at = ctx.clock.now();
    this.deadline = this.#at + (options.timeoutMs ?? 30 * 60_000);
    this.signal = options.signal;
  }

  hop(hop: Hop["hop"], ok: boolean, text: string, fix: string | null = null): Hop {
    const now = this.ctx.clock.now();
    const seconds = Math.round((now - this.#at) / 100) / 10;
    this.#at = now;
    return { type: "hop", hop, ok, seconds, text, fix };
  }

  /** Looks until there is an answer; undefined when the time is over. */
  async until<T>(look: () => Promise<T | undefined>, budgetMs = Number.POSITIVE_INFINITY): Promise<T | undefined> {
    const { clock } = this.ctx;
    const deadline = Math.min(this.deadline, clock.now() + budgetMs);
    const pace = new Pace(clock, POLL);
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (clock.now() >= deadline) return undefined;
      await pace.rest(this.signal, deadline);
    }
  }
}

async function* fly(route: Route, key: string, watch: Watch): AsyncGenerator<Hop> {
  const { ctx, ledger, bucket } = route;
  const find = async (): Promise<LedgerFile | undefined> => (await filesOfKey(ledger, { file: key, bucket }))[0];
  const received = await watch.until(find, EVENT_MS);
  if (!received) {
    yield watch.hop(
      "ledger",
      false,
      "its event never reached the ledger",
      `${command(ctx, "doctor")} names the broken hop; the function's log says more`,
    );
    return;
  }
  yield watch.hop("ledger", true, `generation ${received.generation ?? ""}`);
  // From here on one read a look.
  const row = async (): Promise<LedgerFile | undefined> => (await ledger.files([received.fileId])).get(received.fileId);
  const claimed = await watch.until(async () => {
    const now = await row();
    return now && now.status !== "received" ? now : undefined;
  });
  if (!claimed) {
    yield watch.hop("claimed", false, "no run took it", command(ctx, "runs list"));
    return;
  }
  yield watch.hop("claimed", true, `by ${claimed.runId ?? "?"}`);
  const runId = claimed.runId ?? "";
  const done = await watch.until(async () => {
    const now = await row();
    return now && now.status !== "received" && now.status !== "claimed" ? now : await gaveUp(route, runId);
  });
  if (!done || done === "over") {
    yield watch.hop("processed", false, "its run did not finish it", command(ctx, `runs show ${runId}`));
    // The function hears of the run's end and gives the claim back: then the file can be taken away.
    if (done) await watch.until(async () => ((await row())?.status === "claimed" ? undefined : true), GIVE_BACK_MS);
    return;
  }
  const read = done.status === "processed" && done.recordsIn === 1;
  yield watch.hop(
    "processed",
    read,
    read ? "all three Bronze jobs read it" : (done.error ?? `${done.recordsIn ?? 0} records read instead of 1`),
    read ? null : command(ctx, `runs logs ${runId}`),
  );
  if (!runId.startsWith("wr_")) return;
  const verdict = await watch.until(() => verdictWhenOver(route, runId));
  yield watch.hop(
    "run",
    verdict === "succeeded",
    `${runId} ${verdict ?? "is still on"}`,
    verdict === "succeeded" ? null : command(ctx, `runs show ${runId}`),
  );
}

/** A run that is over will not finish a file that it left. */
async function gaveUp(route: Route, runId: string): Promise<"over" | undefined> {
  if (!runId.startsWith("wr_")) return undefined;
  const verdict = await verdictWhenOver(route, runId);
  return verdict === undefined || verdict === "succeeded" ? undefined : "over";
}

/** How its jobs did: a canary tries the way, not the data. */
async function verdictWhenOver({ ctx, run: target }: Route, runId: string): Promise<Verdict | undefined> {
  const run = await readRun(ctx, target.workflow, runId);
  if (isRunOn(run.Status)) return undefined;
  const views = jobsOf(run, target.jobs, ctx.clock.now());
  // The graph trails the status.
  return views.every((view) => view.state === "NOT_RUN" || isOver(view.state)) ? jobsVerdict(run, views) : undefined;
}

async function put({ ctx, bucket }: Route, key: string): Promise<string | undefined> {
  const s3 = await ctx.clients.of(s3Client);
  try {
    const answer = await s3.putObject({
      Bucket: bucket,
      Key: key,
      Body: Buffer.from(BODY),
      ContentType: "application/x-ndjson",
      ExpectedBucketOwner: ctx.account,
    });
    return answer.VersionId;
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw noBucket(ctx, bucket);
  }
}

/** Takes away the object and its rows. Answers what was left and why: a row that a run holds stays, and its object with it. */
async function cleanUp(
  { ctx, ledger, bucket }: Route,
  key: string,
  versionId: string | undefined,
): Promise<string | undefined> {
  for (const file of await filesOfKey(ledger, { file: key, bucket }))
    if (!(await ledger.remove(file.fileId))) return `${key} stays: the run ${file.runId ?? ""} holds it`;
  await ledger.ask((dynamo) => dynamo.deleteItem({ TableName: ledger.table, Key: ledger.key(headId(bucket, key)) }));
  const s3 = await ctx.clients.of(s3Client);
  await s3.deleteObject({
    Bucket: bucket,
    Key: key,
    ExpectedBucketOwner: ctx.account,
    ...(versionId ? { VersionId: versionId } : {}),
  });
  return undefined;
}

/** Canaries that an earlier command could not take away. */
async function sweep(route: Route): Promise<void> {
  const { ctx, bucket, prefix } = route;
  const s3 = await ctx.clients.of(s3Client);
  const page = await s3.listObjectVersions({ Bucket: bucket, Prefix: `${prefix}${NAME}` }).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  for (const { Key, VersionId, LastModified } of page?.Versions ?? []) {
    if (!Key || !(ctx.clock.now() - (LastModified?.getTime() ?? 0) > OLD_MS)) continue;
    await cleanUp(route, Key, VersionId && VersionId !== "null" ? VersionId : undefined);
  }
}
