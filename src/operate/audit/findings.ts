import { gapsOf, type RawGap } from "../care/gaps.ts";
import type { RawKey } from "../care/raw-objects.ts";
import { fileIdOf, keyOf } from "../ledger/file-id.ts";
import { eventsOf, type KeyEvent } from "../ledger/head.ts";
import type { Head } from "../ledger/item.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import type { FileRow, Part } from "./dealt.ts";
import { type AuditFinding, finding } from "./events.ts";
import { DAY_MS } from "../measures/parameters.ts";
import { type Bronze, DATASETS } from "./tables.ts";

/** Keys whose heads are asked for together. */
const PAGE = 1000;

/** What does not fit together of some keys: ledger, tables and S3, as they were since `began`. */
export async function partFindings(pipeline: Pipeline, part: Part, began: number): Promise<AuditFinding[]> {
  const { bronze, rows, known, keys } = part;
  // Processed since we looked at the tables: they hold it by now, and we do not know it.
  const isOld = ({ processedAt }: FileRow): boolean => !(Date.parse(processedAt ?? "") >= began);
  const processed = rows.filter((row) => row.status === "processed" && isOld(row));
  const found = [...processed.flatMap((row) => rowFindings(row, bronze)), ...[...bronze.twice].map(readTwice)];
  for (let at = 0; at < keys.length; at += PAGE)
    found.push(...(await pageFindings(pipeline, part, keys.slice(at, at + PAGE))));
  const forgotten = new Set(found.flatMap((one) => (one.code === "forgotten" ? one.key : [])));
  const strays = [...bronze.files.keys()].filter((id) => !known.has(id) && !forgotten.has(keyOf(id)));
  return [...found, ...strays.map(rowsWithoutFile)];
}

/** The ledger's count of each table against the table's own. */
function rowFindings(row: FileRow, bronze: Bronze): AuditFinding[] {
  const counted = bronze.files.get(row.fileId);
  const told = DATASETS.map((name) => ({ name, want: row.rows[name], have: counted?.[name] ?? 0 }));
  const say = (wrong: typeof told): string =>
    wrong.map(({ name, want, have }) => `${name}: ledger ${want}, table ${have}`).join("; ");
  const less = told.filter(({ want, have }) => have < want);
  const more = told.filter(({ want, have }) => have > want);
  if (less.length > 0)
    return [finding("missing_rows", row, `Bronze holds fewer rows of it than the ledger says (${say(less)})`)];
  if (more.length === 0) return [];
  return [finding("extra_rows", row, `Bronze holds more rows of it than the ledger says (${say(more)})`)];
}

const named = (fileId: string): { key: string; fileId: string } => ({ key: keyOf(fileId), fileId });

const readTwice = (fileId: string): AuditFinding =>
  finding("read_twice", named(fileId), "Bronze holds rows of it twice");

const rowsWithoutFile = (fileId: string): AuditFinding =>
  finding(
    "rows_without_file",
    named(fileId),
    "Bronze holds rows of it, the ledger has no row (TTL, or the table was replaced)",
  );

/** Uploads without a generation, and generations without a row, of one page of keys. */
async function pageFindings(pipeline: Pipeline, part: Part, page: readonly RawKey[]): Promise<AuditFinding[]> {
  const { ctx, ledger, bucket } = pipeline;
  const heads = await ledger.heads(
    bucket,
    page.map((one) => one.key),
  );
  const gaps = gapsOf(bucket, page, heads, ctx.clock.now()).filter((gap) => !gap.again);
  const found = gaps.map((gap) => gapFinding(gap, part.bronze));
  return [...found, ...(await lostRows(pipeline, part, page, heads))];
}

function gapFinding(gap: RawGap, bronze: Bronze): AuditFinding {
  if (gap.why === "no row" && bronze.times.takes(gap))
    return finding("forgotten", gap, "The tables hold it, the ledger has forgotten it");
  const version = gap.newest ? "" : `, an older version (${gap.versionId})`;
  const has = gap.why === "no row" ? "no row of it" : "other content only";
  return finding("lost_event", gap, `S3 has it${version}, the ledger has ${has}`);
}

/** Generations that a head names, whose row is gone although nothing of it is in the tables and TTL cannot have taken it. */
async function lostRows(
  { ctx, ledger, bucket, ttlDays = 0 }: Pipeline,
  { bronze, known }: Part,
  page: readonly RawKey[],
  heads: ReadonlyMap<string, Head>,
): Promise<AuditFinding[]> {
  const oldest = ledger.ttlAttribute ? ctx.clock.now() - ttlDays * DAY_MS : 0;
  const suspects = page.flatMap(({ key, versions }) => {
    const events = eventsOf(heads.get(key), bucket, key);
    return events
      .filter((event) => event.names && event.ms > oldest && canBeRead(versions, event, events.at(-1)))
      .map((event) => ({ key, fileId: fileIdOf(bucket, key, event) }))
      .filter(({ fileId }) => !known.has(fileId) && !bronze.times.has(fileId));
  });
  if (suspects.length === 0) return [];
  // The index that the ledger was read by is late: what matters is asked for by its key.
  const there = await ledger.items(suspects.map((one) => one.fileId));
  return suspects
    .filter(({ fileId }) => !there.has(fileId))
    .map((one) =>
      finding(
        "lost_row",
        one,
        "The ledger knows this upload of it and has lost its row; no table holds anything of it",
      ),
    );
}

/** By its version, or because it is what S3 holds now. */
const canBeRead = (versions: RawKey["versions"], event: KeyEvent, last: KeyEvent | undefined): boolean =>
  event.versionId
    ? versions.some((version) => version.versionId === event.versionId)
    : event.run === last?.run && versions.at(-1)?.etag === event.etag;
