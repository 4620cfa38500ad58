import type { AwsContext } from "../aws/context.ts";
import { backfill, type BackfillTarget, BronzeTimes, gapsOf, rawObjects } from "./backfill.ts";
import { eachRow } from "./hudi/read.ts";
import { type ChangeEvent, orphanClaims, pendingItems, release, reprocess } from "./ledger-change.ts";
import { fileItems } from "./ledger.ts";
import { number, text } from "./ledger-item.ts";
import { OperateProblem } from "./problem.ts";
import { startRun } from "./run-calls.ts";
import type { RunTarget } from "./run-events.ts";

/** What does not fit together, and what would mend it. */
export interface AuditFinding {
  readonly type: "finding";
  readonly code:
    | "lost_event"
    | "forgotten"
    | "orphan_claim"
    | "waiting"
    | "missing_rows"
    | "extra_rows"
    | "rows_without_file"
    | "read_twice";
  readonly level: "error" | "warning";
  readonly key: string;
  readonly file_id: string | null;
  readonly text: string;
  readonly repair: "backfill" | "release" | "reprocess" | "run-workflow" | null;
}

export interface AuditFinished {
  readonly type: "finished";
  readonly objects: number;
  readonly files: number;
  readonly rows: number;
  readonly findings: number;
  /** Findings that `--repair` took care of. */
  readonly repaired: number;
  readonly ok: boolean;
}

export type AuditEvent =
  | { readonly type: "step"; readonly what: string }
  | AuditFinding
  | { readonly type: "repair"; readonly what: string; readonly count: number }
  | AuditFinished;

const DATASETS = ["patient", "encounter", "condition"] as const;
type Dataset = (typeof DATASETS)[number];

interface Counted {
  readonly rows: Record<Dataset, number>;
}

const FILES_ID = /^([^/]+)\/(.*)#\d{13}-[^#]*$/s;
const keyOf = (fileId: string): string => FILES_ID.exec(fileId)?.[2] ?? fileId;
/** Longer than that without a run, and something is wrong: the schedule should have taken it. */
const WAITING_MS = 60 * 60_000;

/** Rows of each file in the Bronze tables, and keys of rows that are there twice. */
async function countBronze(
  ctx: AwsContext,
  target: BackfillTarget,
): Promise<{ files: Map<string, Counted>; times: BronzeTimes; twice: string[]; total: number }> {
  const files = new Map<string, Counted>();
  const twice: string[] = [];
  const times = new BronzeTimes(target.bucket);
  let total = 0;
  for (const dataset of DATASETS) {
    // Hudi keeps keys unique; a set of what was met is the proof, and is given back before the next table.
    const met = new Set<string>();
    for await (const row of eachRow(ctx, `s3://${target.bronze}/${dataset}/`, ["file_id", "line", "entry"])) {
      const fileId = String(row["file_id"] ?? "");
      const counted = files.get(fileId) ?? { rows: { patient: 0, encounter: 0, condition: 0 } };
      const place = `${fileId}#${String(row["line"])}#${String(row["entry"])}`;
      if (met.has(place)) twice.push(fileId);
      met.add(place);
      counted.rows[dataset]++;
      total++;
      if (!files.has(fileId)) times.add(fileId);
      files.set(fileId, counted);
    }
  }
  return { files, times, twice, total };
}

/**
 * S3's listing against the ledger against what the Bronze tables hold. Files that are being read now are left out of the
 * comparison with the tables. With `repair`, lost events are told again, orphaned claims released, missing rows read again.
 */
export async function* audit(
  ctx: AwsContext,
  target: BackfillTarget,
  run: RunTarget,
  options: { readonly repair?: boolean; readonly signal?: AbortSignal } = {},
): AsyncGenerator<AuditEvent> {
  const findings: AuditFinding[] = [];
  const add = (finding: AuditFinding): AuditFinding => {
    findings.push(finding);
    return finding;
  };
  let objects = 0;
  yield { type: "step", what: "the Bronze tables" };
  const bronze = await countBronze(ctx, target);
  const forgotten = new Set<string>();
  yield { type: "step", what: "S3 against the ledger" };
  for await (const page of rawObjects(ctx, target.bucket, target.prefix)) {
    options.signal?.throwIfAborted();
    objects += page.length;
    for (const gap of await gapsOf(ctx, target, page)) {
      if (gap.why === "no row" && bronze.times.holds(gap)) {
        forgotten.add(gap.key);
        yield add({
          type: "finding",
          code: "forgotten",
          level: "warning",
          key: gap.key,
          file_id: null,
          text: "The tables hold it, the ledger has forgotten it",
          repair: null,
        });
      } else
        yield add({
          type: "finding",
          code: "lost_event",
          level: "error",
          key: gap.key,
          file_id: null,
          text: `S3 has it, the ledger has ${gap.why === "no row" ? "no row of it" : "other content only"}`,
          repair: "backfill",
        });
    }
  }
  yield { type: "step", what: "claims and files that wait" };
  for await (const finding of pendingFindings(ctx, target, run)) yield add(finding);
  yield { type: "step", what: "the ledger against the Bronze tables" };
  let files = 0;
  const known = new Set<string>();
  for await (const item of fileItems(ctx, target.ledger, {})) {
    files++;
    const fileId = text(item, target.ledger.hashKey) ?? "";
    known.add(fileId);
    if (text(item, "status") !== "processed") continue;
    const counted = bronze.files.get(fileId)?.rows;
    const told = DATASETS.map((name) => [name, number(item, `rows_${name}`), counted?.[name] ?? 0] as const);
    const less = told.filter(([, want, have]) => have < (want ?? 0));
    const more = told.filter(([, want, have]) => have > (want ?? 0));
    const say = (of: typeof told): string =>
      of.map(([name, want, have]) => `${name}: ledger ${want ?? 0}, table ${have}`).join("; ");
    if (less.length > 0)
      yield add({
        type: "finding",
        code: "missing_rows",
        level: "error",
        key: keyOf(fileId),
        file_id: fileId,
        text: `Bronze holds fewer rows of it than the ledger says (${say(less)})`,
        repair: "reprocess",
      });
    else if (more.length > 0)
      yield add({
        type: "finding",
        code: "extra_rows",
        level: "warning",
        key: keyOf(fileId),
        file_id: fileId,
        text: `Bronze holds more rows of it than the ledger says (${say(more)})`,
        repair: null,
      });
  }
  for (const fileId of new Set(bronze.twice))
    yield add({
      type: "finding",
      code: "read_twice",
      level: "error",
      key: keyOf(fileId),
      file_id: fileId,
      text: "Bronze holds rows of it twice",
      repair: null,
    });
  for (const fileId of bronze.files.keys())
    if (!known.has(fileId) && !forgotten.has(keyOf(fileId)))
      yield add({
        type: "finding",
        code: "rows_without_file",
        level: "warning",
        key: keyOf(fileId),
        file_id: fileId,
        text: "Bronze holds rows of it, the ledger has no row (TTL, or the table was replaced)",
        repair: null,
      });
  const repaired = options.repair ? yield* mend(ctx, target, run, findings) : 0;
  const open = findings.filter((finding) => finding.level === "error").length;
  yield { type: "finished", objects, files, rows: bronze.total, findings: findings.length, repaired, ok: open === 0 };
}

async function* pendingFindings(ctx: AwsContext, target: BackfillTarget, run: RunTarget): AsyncGenerator<AuditFinding> {
  const id = target.ledger.hashKey;
  for await (const { item, why, leave } of orphanClaims(ctx, target.ledger, run))
    if (!leave)
      yield {
        type: "finding",
        code: "orphan_claim",
        level: "error",
        key: text(item, "key") ?? "",
        file_id: text(item, id),
        text: `It is claimed and nobody works on it: ${why}`,
        repair: "release",
      };
  for await (const item of pendingItems(ctx, target.ledger)) {
    const since = Date.parse(text(item, "received_at") ?? "");
    if (text(item, "status") !== "received" || !(ctx.clock.now() - since > WAITING_MS)) continue;
    const tries = number(item, "attempt") ?? 0;
    yield {
      type: "finding",
      code: "waiting",
      level: "error",
      key: text(item, "key") ?? "",
      file_id: text(item, id),
      text: `It waits since ${new Date(since).toISOString()}, after ${tries} ${tries === 1 ? "attempt" : "attempts"}`,
      repair: "run-workflow",
    };
  }
}

/** One repair of each kind; the runs that follow do the rest. */
async function* mend(
  ctx: AwsContext,
  target: BackfillTarget,
  run: RunTarget,
  findings: readonly AuditFinding[],
): AsyncGenerator<AuditEvent, number> {
  const of = (repair: AuditFinding["repair"]): AuditFinding[] =>
    findings.filter((finding) => finding.repair === repair);
  let repaired = 0;
  if (of("backfill").length > 0) {
    let sent = 0;
    for await (const event of backfill(ctx, target)) if (event.type === "finished") sent = event.sent;
    repaired += sent;
    yield { type: "repair", what: "told the function of objects whose event was lost", count: sent };
  }
  if (of("release").length > 0) {
    const changed = await changedBy(release(ctx, target.ledger, run, { start: false }));
    repaired += changed;
    yield { type: "repair", what: "released claims", count: changed };
  }
  let again = 0;
  for (const finding of of("reprocess"))
    again += await changedBy(
      reprocess(ctx, target.ledger, run, { key: finding.key, status: "processed" }, { start: false }),
    );
  if (again > 0) yield { type: "repair", what: "put files back whose rows are missing", count: again };
  repaired += again;
  if (repaired > 0 || of("run-workflow").length > 0) {
    // A run that is on takes nothing new: the one after it does, and the schedule starts that at the latest.
    const started = await startRun(ctx, run.workflow).catch((error: unknown) => {
      if (error instanceof OperateProblem && error.code === "concurrent_runs") return undefined;
      throw error;
    });
    if (started) yield { type: "repair", what: `started the run ${started}`, count: of("run-workflow").length };
    repaired += of("run-workflow").length;
  }
  return repaired;
}

async function changedBy(events: AsyncIterable<ChangeEvent>): Promise<number> {
  let changed = 0;
  for await (const event of events) if (event.type === "finished") changed = event.changed;
  return changed;
}
