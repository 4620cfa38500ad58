import type { AwsContext } from "../aws/context.ts";
import type { AuditEvent, AuditFinding } from "./audit-events.ts";
import { pendingFindings } from "./audit-pending.ts";
import { mend } from "./audit-repair.ts";
import { type Bronze, countBronze, DATASETS } from "./audit-tables.ts";
import type { BackfillTarget } from "./backfill.ts";
import { gapsOf, headsOf } from "./ledger-gaps.ts";
import { eventsOf, fileIdOf, type KeyEvent } from "./ledger-head.ts";
import { getItems, type Item, number, text } from "./ledger-item.ts";
import { fileItems } from "./ledger.ts";
import { rawKeys, type RawKey } from "./raw-objects.ts";
import type { RunTarget } from "./run-events.ts";

export type { AuditEvent, AuditFinding, AuditFinished } from "./audit-events.ts";

const FILE_ID = /^([^/]+)\/(.*)#\d{13}-[^#]*$/s;
const keyOf = (fileId: string): string => FILE_ID.exec(fileId)?.[2] ?? fileId;
const DAY_MS = 86_400_000;

type Found = Omit<AuditFinding, "type">;
const FIELDS = ["file_id", "key", "status", "processed_at", ...DATASETS.map((name) => `rows_${name}`)];

/**
 * S3's listing against the ledger against what the Bronze tables hold. What is being read now is left out of the comparison
 * with the tables. With `repair`, lost events are told again, lost rows written, orphaned claims released, missing rows read
 * again; doing it twice changes nothing the second time.
 */
export async function* audit(
  ctx: AwsContext,
  target: BackfillTarget,
  run: RunTarget,
  options: { readonly repair?: boolean; readonly signal?: AbortSignal } = {},
): AsyncGenerator<AuditEvent> {
  const began = ctx.clock.now();
  const findings: AuditFinding[] = [];
  const tell = function* (found: Iterable<Found>): Generator<AuditFinding> {
    for (const one of found) {
      const finding: AuditFinding = { type: "finding", ...one };
      findings.push(finding);
      yield finding;
    }
  };
  yield { type: "step", what: "the Bronze tables" };
  const bronze = await countBronze(ctx, target);
  yield { type: "step", what: "the ledger against the Bronze tables" };
  const known = new Set<string>();
  const { hashKey } = target.ledger;
  const fields = [hashKey, ...FIELDS.slice(1)];
  for await (const item of fileItems(ctx, target.ledger, {}, fields)) {
    options.signal?.throwIfAborted();
    known.add(text(item, hashKey) ?? "");
    // Processed since we looked at the tables: they hold it by now, and we do not know it.
    if (text(item, "status") === "processed" && !(Date.parse(text(item, "processed_at") ?? "") >= began))
      yield* tell(rowFindings(item, hashKey, bronze));
  }
  yield* tell([...bronze.twice].map(readTwice));
  yield { type: "step", what: "S3 against the ledger" };
  let objects = 0;
  const forgotten = new Set<string>();
  for await (const page of rawKeys(ctx, target.bucket, target.prefix)) {
    options.signal?.throwIfAborted();
    objects += page.length;
    const found = await pageFindings(ctx, target, page, bronze, known);
    for (const one of found) if (one.code === "forgotten") forgotten.add(one.key);
    yield* tell(found);
  }
  yield* tell(
    [...bronze.files.keys()].filter((id) => !known.has(id) && !forgotten.has(keyOf(id))).map(rowsWithoutFile),
  );
  yield { type: "step", what: "claims and files that wait" };
  for await (const finding of pendingFindings(ctx, target, run)) yield* tell([finding]);
  const mended = new Set(options.repair ? yield* mend(ctx, target, run, findings) : []);
  yield {
    type: "finished",
    objects,
    files: known.size,
    rows: bronze.total,
    findings: findings.length,
    repaired: mended.size,
    ok: findings.every((finding) => finding.level !== "error" || mended.has(finding)),
  };
}

function rowFindings(item: Item, hashKey: string, bronze: Bronze): Found[] {
  const fileId = text(item, hashKey) ?? "";
  const counted = bronze.files.get(fileId);
  const told = DATASETS.map((name) => [name, number(item, `rows_${name}`) ?? 0, counted?.[name] ?? 0] as const);
  const say = (wrong: typeof told): string =>
    wrong.map(([name, want, have]) => `${name}: ledger ${want}, table ${have}`).join("; ");
  const less = told.filter(([, want, have]) => have < want);
  const more = told.filter(([, want, have]) => have > want);
  const place = { key: text(item, "key") ?? keyOf(fileId), file_id: fileId };
  if (less.length > 0)
    return [
      {
        ...place,
        code: "missing_rows",
        level: "error",
        text: `Bronze holds fewer rows of it than the ledger says (${say(less)})`,
        repair: "reprocess",
      },
    ];
  if (more.length === 0) return [];
  return [
    {
      ...place,
      code: "extra_rows",
      level: "warning",
      text: `Bronze holds more rows of it than the ledger says (${say(more)})`,
      repair: null,
    },
  ];
}

const readTwice = (fileId: string): Found => ({
  code: "read_twice",
  level: "error",
  key: keyOf(fileId),
  file_id: fileId,
  text: "Bronze holds rows of it twice",
  repair: null,
});

const rowsWithoutFile = (fileId: string): Found => ({
  code: "rows_without_file",
  level: "warning",
  key: keyOf(fileId),
  file_id: fileId,
  text: "Bronze holds rows of it, the ledger has no row (TTL, or the table was replaced)",
  repair: null,
});

/** Uploads without a generation, and generations without a row, of one page of keys. */
async function pageFindings(
  ctx: AwsContext,
  target: BackfillTarget,
  page: readonly RawKey[],
  bronze: Bronze,
  known: ReadonlySet<string>,
): Promise<Found[]> {
  const heads = await headsOf(
    ctx,
    target.ledger,
    target.bucket,
    page.map((one) => one.key),
  );
  const gaps = gapsOf(target.bucket, page, heads, ctx.clock.now()).filter((gap) => !gap.again);
  const found = gaps.map((gap): Found => {
    const place = { key: gap.key, file_id: null };
    if (gap.why === "no row" && bronze.times.takes(gap))
      return {
        ...place,
        code: "forgotten",
        level: "warning",
        text: "The tables hold it, the ledger has forgotten it",
        repair: null,
      };
    const version = gap.newest ? "" : `, an older version (${gap.versionId})`;
    return {
      ...place,
      code: "lost_event",
      level: "error",
      text: `S3 has it${version}, the ledger has ${gap.why === "no row" ? "no row of it" : "other content only"}`,
      repair: "backfill",
    };
  });
  return [...found, ...(await lostRows(ctx, target, page, heads, bronze, known))];
}

/** Generations that a head names, whose row is gone although nothing of it is in the tables and TTL cannot have taken it. */
async function lostRows(
  ctx: AwsContext,
  target: BackfillTarget,
  page: readonly RawKey[],
  heads: ReadonlyMap<string, Item>,
  bronze: Bronze,
  known: ReadonlySet<string>,
): Promise<Found[]> {
  const { ledger, bucket } = target;
  const oldest = ledger.ttlAttribute ? ctx.clock.now() - (target.ttlDays ?? 0) * DAY_MS : 0;
  const suspects = page.flatMap(({ key, versions }) => {
    const head = heads.get(key);
    const events = head ? eventsOf(head, bucket, key) : [];
    return events
      .filter((event) => event.names && event.ms > oldest && canBeRead(versions, event, events.at(-1)))
      .map((event) => ({ key, fileId: fileIdOf(bucket, key, event) }))
      .filter(({ fileId }) => !known.has(fileId) && !bronze.times.has(fileId));
  });
  if (suspects.length === 0) return [];
  // The index that the ledger was read by is late: what matters is asked for by its key.
  const there = await getItems(
    ctx,
    ledger,
    suspects.map((one) => one.fileId),
  );
  return suspects
    .filter(({ fileId }) => !there.has(fileId))
    .map(({ key, fileId }) => ({
      code: "lost_row",
      level: "error",
      key,
      file_id: fileId,
      text: "The ledger knows this upload of it and has lost its row; no table holds anything of it",
      repair: "restore",
    }));
}

/** By its version, or because it is what S3 holds now. */
const canBeRead = (versions: RawKey["versions"], event: KeyEvent, last: KeyEvent | undefined): boolean =>
  event.versionId
    ? versions.some((version) => version.versionId === event.versionId)
    : event.run === last?.run && versions.at(-1)?.etag === event.etag;
