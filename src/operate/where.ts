import { DATASETS } from "../lakehouse/registry.ts";
import type { AwsContext } from "../aws/context.ts";
import type { DataFile } from "./hudi/timeline.ts";
import { eachRow } from "./hudi/read.ts";
import { isRunOn, type Verdict } from "./runs/graph.ts";
import { adviceFor } from "./file-advice.ts";
import { filesOfKey } from "./ledger/read.ts";
import { detailOf, type LedgerDetail, type LedgerFile } from "./ledger/item.ts";
import { isAbsent, OperateProblem } from "./problem.ts";
import { standingOf } from "./runs/calls.ts";
import type { Pipeline } from "./runs/pipeline.ts";
import { shellWord } from "./shell.ts";
import { command } from "./next.ts";
import { msOf, parseFileId } from "./ledger/file-id.ts";
import { s3Client } from "../services/s3/client.ts";

/** What a file can be looked for in. */
type Way = Omit<Pipeline, "function">;

/** Rows of one generation in one Bronze table, and the commits that hold them. */
export interface InTable {
  readonly table: string;
  readonly rows: number;
  readonly commits: readonly string[];
}

export interface WhereGeneration extends LedgerDetail {
  /** The newest of its key: what S3 gives without a version. */
  readonly newest: boolean;
  readonly run: { readonly run_id: string; readonly status: string; readonly verdict: Verdict | null } | null;
  readonly tables: readonly InTable[];
}

/** One answer to "where did this file go". */
export interface Where {
  readonly bucket: string;
  readonly key: string;
  /** What S3 holds now; null when it is gone. */
  readonly object: { readonly size: number; readonly etag: string; readonly modified: string | null } | null;
  readonly generations: readonly WhereGeneration[];
  readonly said: string;
  /** What to do, when something is to be done. */
  readonly next: string | null;
}

const TABLES = [...DATASETS, "quarantine"] as const;

/** Bronze keeps a row in the partition of the day that its generation came: only those files are opened. */
function partitionOf(generation: string | null): ((file: DataFile) => boolean) | undefined {
  const ms = msOf(generation);
  if (ms === undefined) return undefined;
  const day = new Date(ms).toISOString().slice(0, 10);
  return (file) => file.partition === "" || file.partition.includes(day);
}

async function tablesOf(
  ctx: AwsContext,
  bronze: string,
  rows: readonly LedgerFile[],
): Promise<ReadonlyMap<string, InTable[]>> {
  const found = new Map<string, InTable[]>(rows.map((row) => [row.fileId, []]));
  const filters = rows.map((row) => partitionOf(row.generation));
  const only = (file: DataFile): boolean => filters.some((filter) => filter === undefined || filter(file));
  const perTable = await Promise.all(
    TABLES.map(async (table) => {
      const counts = new Map<string, { rows: number; commits: Set<string> }>();
      for await (const row of eachRow(ctx, `s3://${bronze}/${table}/`, ["file_id", "_hoodie_commit_time"], only)) {
        const fileId = String(row["file_id"] ?? "");
        if (!found.has(fileId)) continue;
        const count = counts.get(fileId) ?? { rows: 0, commits: new Set<string>() };
        count.rows++;
        count.commits.add(String(row["_hoodie_commit_time"] ?? ""));
        counts.set(fileId, count);
      }
      return { table, counts };
    }),
  );
  for (const { table, counts } of perTable)
    for (const [fileId, { rows: count, commits }] of counts)
      found.get(fileId)?.push({ table, rows: count, commits: [...commits].toSorted() });
  return found;
}

async function objectOf(ctx: AwsContext, bucket: string, key: string): Promise<Where["object"]> {
  const s3 = await ctx.clients.of(s3Client);
  try {
    const head = await s3.headObject({ Bucket: bucket, Key: key });
    return {
      size: head.ContentLength ?? 0,
      etag: (head.ETag ?? "").replaceAll('"', ""),
      modified: head.LastModified?.toISOString() ?? null,
    };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function runOf({ ctx, run }: Way, runId: string | null): Promise<WhereGeneration["run"]> {
  const standing = runId?.startsWith("wr_") ? await standingOf(ctx, run, runId) : undefined;
  return runId && standing ? { run_id: runId, status: standing.status, verdict: standing.verdict } : null;
}

/** Keys that a person may mean: a file id, an `s3://` URL, a key, or a file name as it was ingested. */
async function find({ ledger, bucket, prefix }: Way, file: string): Promise<{ key: string; rows: LedgerFile[] }> {
  const url = /^s3:\/\/[^/]+\/(.+)$/.exec(file)?.[1];
  const id = parseFileId(file);
  const ofId = id?.bucket === bucket ? id.key : undefined;
  const key = ofId ?? url ?? file;
  const names = key.startsWith(prefix) ? [key] : [`${prefix}${key}`, key];
  for (const name of names) {
    const rows = await filesOfKey(ledger, { file: name, bucket });
    if (rows.length > 0) return { key: name, rows };
  }
  return { key: names[0] ?? key, rows: [] };
}

/** Where a file went: S3, the ledger's generations, their runs, the rows in the Bronze tables and their commits. */
export async function whereIs(pipeline: Way, file: string): Promise<Where> {
  const { ctx, bucket } = pipeline;
  const { key, rows } = await find(pipeline, file);
  const [object, tables] = await Promise.all([
    objectOf(ctx, bucket, key),
    rows.length > 0 ? tablesOf(ctx, pipeline.bronze, rows) : new Map<string, InTable[]>(),
  ]);
  if (!object && rows.length === 0)
    throw new OperateProblem(
      "not_found",
      `Neither S3 nor the ledger has a file \`${file}\``,
      command(ctx, `ledger list --prefix ${shellWord(pipeline.prefix)}`),
      "user",
      `s3://${bucket}/${key}`,
    );
  const runs = new Map<string, WhereGeneration["run"]>();
  for (const id of new Set(rows.flatMap((row) => row.runId ?? []))) runs.set(id, await runOf(pipeline, id));
  const found = rows.map((row, at) => ({
    ...row,
    newest: at === 0,
    run: runs.get(row.runId ?? "") ?? null,
    tables: tables.get(row.fileId) ?? [],
  }));
  const generations = found.map((one): WhereGeneration => {
    const { newest, run, tables: held } = one;
    return { ...detailOf(one), newest, run, tables: held };
  });
  return { bucket, key, object, generations, ...story(ctx, key, object, found[0]) };
}

const counted = ({ tables }: Told): string =>
  tables.map(({ table, rows }) => `${rows} in ${table}`).join(", ") || "no rows in any table";

const lostText = ({ readersLost: lost }: Told): string =>
  lost === 0
    ? ""
    : ` The process that read it died ${lost === 1 ? "once" : `${lost} times`}: it is read alone, and fails after the third time.`;

/** A generation with what was found out about it. */
type Told = LedgerFile & Pick<WhereGeneration, "run" | "tables">;

/** What happened last, in one sentence, and what to do about it. */
function story(
  ctx: AwsContext,
  key: string,
  object: Where["object"],
  last: Told | undefined,
): Pick<Where, "said" | "next"> {
  if (!last)
    return {
      said: "S3 has it, and the ledger has not: its event was lost, or is still on its way.",
      next: command(ctx, "ledger backfill"),
    };
  if (object && last.etag !== null && object.etag !== last.etag)
    return {
      said: "S3 has newer content than the ledger: its event was lost, or is still on its way.",
      next: command(ctx, "ledger backfill"),
    };
  const run = last.runId ? ` by ${last.runId}` : "";
  switch (last.status) {
    case "processed":
      return {
        said: `Processed${run} at ${last.processedAt ?? "?"}: ${last.recordsIn ?? 0} records read, ${last.recordsQuarantined ?? 0} quarantined; Bronze holds ${counted(last)}.`,
        next: (last.recordsQuarantined ?? 0) > 0 ? command(ctx, `quarantine list --file ${shellWord(key)}`) : null,
      };
    case "failed":
      return {
        said: `Failed${run} at ${last.processedAt ?? "?"}: ${last.error ?? "no reason is known"}.`,
        next: adviceFor(ctx, detailOf(last)),
      };
    case "skipped":
      return {
        said: `Set aside by ${last.skippedBy ?? "somebody"} at ${last.skippedAt ?? "?"}: ${last.skippedWhy ?? "no reason is known"}.${last.error ? ` Before, it failed: ${last.error}.` : ""}`,
        next: command(ctx, `ledger retry ${shellWord(key)}`),
      };
    case "claimed":
      return last.run && !isRunOn(last.run.status)
        ? {
            said: `Claimed${run}, which is over (${last.run.verdict ?? last.run.status}): nobody works on it.`,
            next: command(ctx, "ledger release"),
          }
        : { said: `Being read${run}, since ${last.claimedAt ?? "?"}.`, next: null };
    case "received":
      return {
        said: `Waits for a run since ${last.receivedAt ?? "?"}, after ${last.attempt} ${last.attempt === 1 ? "attempt" : "attempts"}.${lostText(last)}`,
        next: command(ctx, last.attempt > 0 ? "run-workflow" : "run-workflow --attach"),
      };
  }
}
