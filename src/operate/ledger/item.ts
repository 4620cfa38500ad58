import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type Attribute, padded, partsOf } from "../../lakehouse/ledger.ts";
import { type FileStatus, isStatus, LIST_FIELDS, type Listed, SHOW_FIELDS, type Shown } from "./fields.ts";

export type { FileStatus } from "./fields.ts";

/**
 * Items of the ledger as values: the one place of the command line that names their attributes. Everybody else has a
 * `LedgerFile`, a `Head` or a number, and writes through `write.ts`.
 */

/** Which rows of the ledger. */
export interface LedgerFilter {
  readonly status?: FileStatus;
  readonly dataset?: string;
  /** Start of the object key. */
  readonly prefix?: string;
  readonly key?: string;
  readonly run?: string;
  /** ISO-8601, inclusive: by the time that the event came in. */
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
}

/** The ledger as the config's outputs name it. */
export interface LedgerTarget {
  readonly table: string;
  /** Name of the hash key attribute, `file_id` by default. */
  readonly hashKey: string;
  /** Name of the TTL attribute where TTL is on: what has expired but still shows is left out. */
  readonly ttlAttribute?: string | undefined;
}

export type Item = Readonly<Record<string, AttributeValue>>;

/** One generation of a file. What is not known, or was not asked for, is null. */
export interface LedgerFile {
  readonly fileId: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  readonly etag: string | null;
  readonly size: number | null;
  readonly dataset: string | null;
  readonly status: FileStatus;
  readonly attempt: number;
  readonly runId: string | null;
  readonly recordsIn: number | null;
  readonly recordsQuarantined: number | null;
  readonly receivedAt: string | null;
  readonly processedAt: string | null;
  readonly error: string | null;
  readonly generation: string | null;
  readonly claimedAt: string | null;
  readonly leaseOwner: string | null;
  /** ISO-8601. */
  readonly leaseUntil: string | null;
  /** Rows that each Bronze table holds of it; null while that job has not committed. */
  readonly rowsPatient: number | null;
  readonly rowsEncounter: number | null;
  readonly rowsCondition: number | null;
  /** Readers that were lost at it. */
  readonly readersLost: number;
  readonly skippedBy: string | null;
  readonly skippedWhy: string | null;
  readonly skippedAt: string | null;
  /** Table that knew it as processed before there was this ledger. */
  readonly importedFrom: string | null;
}

const text = (item: Item, name: Attribute): string | null => item[name]?.S ?? null;
const number = (item: Item, name: Attribute): number | null => numberOf(item[name]);
const numberOf = (value: AttributeValue | undefined): number | null =>
  value?.N === undefined ? null : Number(value.N);

/** An item of the table as a value. */
export function fileOf(item: Item, hashKey: string): LedgerFile {
  const status = text(item, "status") ?? "";
  const lease = number(item, "lease_until");
  return {
    fileId: item[hashKey]?.S ?? "",
    bucket: text(item, "bucket") ?? "",
    key: text(item, "key") ?? "",
    versionId: text(item, "version_id"),
    etag: text(item, "etag"),
    size: number(item, "size"),
    dataset: text(item, "dataset"),
    status: isStatus(status) ? status : "received",
    attempt: number(item, "attempt") ?? 0,
    runId: text(item, "run_id"),
    recordsIn: number(item, "records_in"),
    recordsQuarantined: number(item, "records_quarantined"),
    receivedAt: text(item, "received_at"),
    processedAt: text(item, "processed_at"),
    error: text(item, "error"),
    generation: text(item, "generation"),
    claimedAt: text(item, "claimed_at"),
    leaseOwner: text(item, "lease_owner"),
    leaseUntil: lease === null ? null : new Date(lease * 1000).toISOString(),
    rowsPatient: number(item, "rows_patient"),
    rowsEncounter: number(item, "rows_encounter"),
    rowsCondition: number(item, "rows_condition"),
    readersLost: number(item, "lost") ?? 0,
    skippedBy: text(item, "skipped_by"),
    skippedWhy: text(item, "skipped_why"),
    skippedAt: text(item, "skipped_at"),
    importedFrom: text(item, "imported_from"),
  };
}

export type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
/** `ledger show` tells `lost` by a name that says of what. */
type Field<K extends string> = K extends "lost" ? "readers_lost" : K;
type Fields<K extends string> = { readonly [N in K as Field<N>]: LedgerFile[Camel<Field<N>> & keyof LedgerFile] };

/** One generation as `ledger list --json` has it. */
export type LedgerRow = Fields<Listed | "file_id">;
/** More of it, for `ledger show --json`. */
export type LedgerDetail = Fields<Listed | Shown | "file_id">;

export const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Attributes by the fields of a file, worked out once: a ledger may have millions of rows. */
const snakes = new Map<string, string>();
function attributeOf(field: string): string {
  const known = snakes.get(field);
  if (known !== undefined) return known;
  const name = field === "readersLost" ? "lost" : field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  snakes.set(field, name);
  return name;
}

type Named = readonly (readonly [name: string, field: string])[];
const named = (names: readonly string[]): Named => names.map((name) => [name, camel(name)]);
const IN_LIST = named(LIST_FIELDS);
const IN_DETAIL = named([...LIST_FIELDS, ...SHOW_FIELDS]);

function fields(file: LedgerFile, names: Named): unknown {
  const all = new Map<string, unknown>(Object.entries(file));
  return Object.fromEntries(names.map(([name, field]) => [name, all.get(field)]));
}

/** A file by the field names of JSON, in the schema's order: the types above say what the schema lists. */
export const rowOf = (file: LedgerFile): LedgerRow => fields(file, IN_LIST) as LedgerRow;
export const detailOf = (file: LedgerFile): LedgerDetail => fields(file, IN_DETAIL) as LedgerDetail;

/** Attributes behind some fields: what a query is to answer. */
export const attributesOf = (names: readonly (keyof LedgerFile)[], hashKey: string): string[] =>
  names.map((name) => (name === "fileId" ? hashKey : attributeOf(name)));

/** Fields to be written; what is undefined is not. */
export type Values = Partial<Record<keyof LedgerFile | "sequencer", string | number | undefined>>;

/** Values of fields, as an item holds them. */
export const itemOf = (values: Values): Item =>
  encoded(Object.fromEntries(Object.entries(values).map(([name, value]) => [attributeOf(name), value])));

/** Plain values as DynamoDB's. */
export const encoded = (values: Readonly<Record<string, string | number | undefined>>): Item =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === "number" ? { N: String(value) } : { S: value }]],
    ),
  );

/** DynamoDB deletes expired items days late: until then they show, and count as gone. */
export const isExpired = (item: Item, ttlAttribute: string | undefined, nowMs: number): boolean => {
  const expires = ttlAttribute ? numberOf(item[ttlAttribute]) : null;
  return expires !== null && expires * 1000 <= nowMs;
};

/** An event in the head of a key. `sequencer` is empty when it came without one. */
interface HeadEvent {
  readonly ms: number;
  readonly sequencer: string;
  readonly versionId: string;
  readonly etag: string | null;
  readonly size: number;
}

/** What the head of a key remembers: its latest generation, and runs of equal content, oldest first. */
export interface Head {
  readonly latestFileId: string | null;
  /** Of the last event; its time is null where nothing is known of it. */
  readonly last: Omit<HeadEvent, "ms"> & { readonly ms: number | null };
  readonly history: readonly { readonly events: readonly HeadEvent[]; readonly names: HeadEvent | undefined }[];
}

export function headOf(item: Item): Head {
  const history = (item["history" satisfies Attribute]?.L ?? []).map(({ M: run = {} }) => {
    const named = run["rep"] ?? run["first"];
    // Those between the first and the last too: what a head has heard of is no upload that it was never told of.
    const distinct = [...new Set([run["first"], run["rep"], ...(run["others"]?.L ?? []), run["last"]])];
    const loaded = distinct
      .flatMap((one) => {
        const event = one?.M && eventOf(one.M);
        return event && event.ms !== null ? [{ one, event: { ...event, ms: event.ms } }] : [];
      })
      .sort((a, b) => a.event.ms - b.event.ms || (a.event.sequencer < b.event.sequencer ? -1 : 1));
    return { events: loaded.map(({ event }) => event), names: loaded.find(({ one }) => one === named)?.event };
  });
  return { latestFileId: text(item, "latest_file_id"), last: eventOf(item), history };
}

function eventOf(item: Item): Head["last"] {
  const version = text(item, "version_id") ?? "";
  return {
    ms: number(item, "event_ms"),
    sequencer: text(item, "sequencer") ?? "",
    versionId: version === "null" ? "" : version,
    etag: text(item, "etag"),
    size: number(item, "size") ?? 0,
  };
}

/** The version of a head's item. */
export const seenOf = (item: Item): number => number(item, "version") ?? 0;

/** A head's item as it is to be written, and the version that it must still have. */
export interface NextHead {
  readonly item: Item;
  readonly seen: number;
}

/**
 * The head of a key with one more upload, of content that its neighbours have not. Undefined when its place is inside of a
 * run of equal content: that takes the run apart, which is the function's affair.
 */
export function headWith(
  item: Item | undefined,
  upload: HeadEvent & { readonly fileId: string },
): NextHead | undefined {
  const { ms, sequencer, versionId, etag, size, fileId } = upload;
  const event = encoded({ sequencer, event_ms: ms, etag: etag ?? "", size, version_id: versionId });
  const runs = item?.["history" satisfies Attribute]?.L ?? [];
  const timesOf = ({ M: run = {} }: AttributeValue): number[] =>
    [run["first"], run["last"], run["rep"]].flatMap((one) => (one?.M ? (number(one.M, "event_ms") ?? []) : []));
  if (runs.some((run) => timesOf(run).some((time) => time <= ms) && timesOf(run).some((time) => time >= ms)))
    return undefined;
  const place = runs.filter((run) => timesOf(run).every((time) => time < ms)).length;
  const history = { L: runs.toSpliced(place, 0, { M: { first: { M: { ...event } } } }) };
  const seen = item ? seenOf(item) : 0;
  const named = { latest_file_id: fileId, generation_sequencer: padded("sequencer", sequencer) };
  const latest = { ...event, sequencer: { S: padded("sequencer", sequencer) }, ...encoded(named) };
  const kept = place === runs.length ? latest : item;
  return { seen, item: { ...kept, history, ...encoded({ version: seen + 1 }) } };
}

/** Content of an object and the version that holds it. */
export interface NewContent {
  readonly etag: string;
  readonly size: number;
  readonly versionId: string;
}

/**
 * The head of a key whose latest generation has other bytes from now on, and is none the newer for it. A generation that the
 * function has meanwhile made of these very bytes is taken out again: `born` says that there is one.
 */
export function headReplaced(item: Item, fileId: string, to: NewContent, born: boolean): NextHead {
  const all = item["history" satisfies Attribute]?.L ?? [];
  const runs = born ? all.slice(0, -1) : all;
  const content = encoded({ etag: to.etag, size: to.size, version_id: to.versionId });
  const event = (one: AttributeValue): AttributeValue => (one.M ? { M: { ...one.M, ...content } } : one);
  const last = Object.entries(runs.at(-1)?.M ?? {}).map(([name, one]) => [
    name,
    one.L ? { L: one.L.map(event) } : event(one),
  ]);
  const history = { L: runs.length > 0 ? [...runs.slice(0, -1), { M: Object.fromEntries(last) }] : [] };
  const seen = seenOf(item);
  const sequencer = partsOf("generation", partsOf("file", fileId)?.["generation"] ?? "")?.["sequencer"] ?? "";
  const named = encoded({ latest_file_id: fileId, generation_sequencer: sequencer, version: seen + 1 });
  return { seen, item: { ...item, history, ...content, ...named } };
}

/** The item of a run without some of its files; undefined when it froze none of them. */
export function runWithout(item: Item, fileIds: ReadonlySet<string>): Item | undefined {
  const kept = (frozenFiles(item) ?? []).filter((one) => !fileIds.has(one));
  if (kept.length === (frozenFiles(item) ?? []).length) return undefined;
  return { ...item, files: { L: kept.map((S) => ({ S })) } };
}

/** Ids of the files that a run froze; undefined when its item names none. */
export const frozenFiles = (item: Item | undefined): string[] | undefined => {
  const files = item?.["files" satisfies Attribute];
  return files?.L?.flatMap((each) => each.S ?? []) ?? files?.SS;
};

/** How many files failed in a run, by the item of what it read. */
export const failedCount = (item: Item | undefined): number => (item ? (number(item, "failed_files") ?? 0) : 0);
