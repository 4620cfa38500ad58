import type { AwsContext } from "../../aws/context.ts";
import type { BackfillTarget } from "../care/backfill.ts";
import { gapsOf, headsOf } from "../care/gaps.ts";
import type { RawKey } from "../care/raw-objects.ts";
import { fileIdOf, keyOf } from "../ledger/file-id.ts";
import { eventsOf, type KeyEvent } from "../ledger/head.ts";
import { getItems, type Item } from "../ledger/item.ts";
import type { FileRow, Part } from "./dealt.ts";
import type { Found } from "./events.ts";
import { type Bronze, DATASETS } from "./tables.ts";

const DAY_MS = 86_400_000;

/** Keys whose heads are asked for together. */
const PAGE = 1000;

/** What does not fit together of some keys: ledger, tables and S3, as they were since `began`. */
export async function partFindings(
  ctx: AwsContext,
  target: BackfillTarget,
  part: Part,
  began: number,
): Promise<Found[]> {
  const { bronze, rows, known, keys } = part;
  const found: Found[] = [];
  // Processed since we looked at the tables: they hold it by now, and we do not know it.
  for (const row of rows)
    if (row.status === "processed" && !(Date.parse(row.processedAt ?? "") >= began))
      found.push(...rowFindings(row, bronze));
  found.push(...[...bronze.twice].map(readTwice));
  const forgotten = new Set<string>();
  for (let at = 0; at < keys.length; at += PAGE) {
    const page = await pageFindings(ctx, target, keys.slice(at, at + PAGE), bronze, known);
    for (const one of page) if (one.code === "forgotten") forgotten.add(one.key);
    found.push(...page);
  }
  const strays = [...bronze.files.keys()].filter((id) => !known.has(id) && !forgotten.has(keyOf(id)));
  return [...found, ...strays.map(rowsWithoutFile)];
}

function rowFindings({ fileId, key, rows }: FileRow, bronze: Bronze): Found[] {
  const counted = bronze.files.get(fileId);
  const told = DATASETS.map((name) => [name, rows[name], counted?.[name] ?? 0] as const);
  const say = (wrong: typeof told): string =>
    wrong.map(([name, want, have]) => `${name}: ledger ${want}, table ${have}`).join("; ");
  const less = told.filter(([, want, have]) => have < want);
  const more = told.filter(([, want, have]) => have > want);
  const place = { key, file_id: fileId };
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
