import type { AttributeValue } from "@aws-sdk/client-dynamodb";

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

/** Every state of a generation. `skipped` was set aside by somebody: it waits for nothing and keeps nothing waiting. */
export const FILE_STATUSES = ["received", "claimed", "processed", "failed", "skipped"] as const;
export type FileStatus = (typeof FILE_STATUSES)[number];

/** One generation of a file. What is not known is null. */
export interface LedgerRow {
  readonly file_id: string;
  readonly bucket: string;
  readonly key: string;
  readonly version_id: string | null;
  readonly etag: string | null;
  readonly size: number | null;
  readonly dataset: string | null;
  readonly status: FileStatus;
  readonly attempt: number;
  readonly run_id: string | null;
  readonly records_in: number | null;
  readonly records_quarantined: number | null;
  readonly received_at: string | null;
  readonly processed_at: string | null;
  readonly error: string | null;
}

/** More of a row, for `ledger show`. */
export interface LedgerDetail extends LedgerRow {
  readonly generation: string | null;
  readonly claimed_at: string | null;
  readonly lease_owner: string | null;
  readonly lease_until: string | null;
  /** Rows that each Bronze table holds of it; null while that job has not committed. */
  readonly rows_patient: number | null;
  readonly rows_encounter: number | null;
  readonly rows_condition: number | null;
  /** Readers that were lost at it. */
  readonly readers_lost: number;
  readonly skipped_by: string | null;
  readonly skipped_why: string | null;
  readonly skipped_at: string | null;
}

export const text = (item: Item, name: string): string | null => item[name]?.S ?? null;
export const number = (item: Item, name: string): number | null => {
  const raw = item[name]?.N;
  return raw === undefined ? null : Number(raw);
};

const isStatus = (value: string): value is FileStatus => FILE_STATUSES.some((status) => status === value);

/** An item of the table as a row, in the order of `ledger list --json`. */
export function toRow(item: Item, hashKey: string): LedgerRow {
  const status = text(item, "status") ?? "";
  return {
    file_id: text(item, hashKey) ?? "",
    bucket: text(item, "bucket") ?? "",
    key: text(item, "key") ?? "",
    version_id: text(item, "version_id"),
    etag: text(item, "etag"),
    size: number(item, "size"),
    dataset: text(item, "dataset"),
    status: isStatus(status) ? status : "received",
    attempt: number(item, "attempt") ?? 0,
    run_id: text(item, "run_id"),
    records_in: number(item, "records_in"),
    records_quarantined: number(item, "records_quarantined"),
    received_at: text(item, "received_at"),
    processed_at: text(item, "processed_at"),
    error: text(item, "error"),
  };
}

export function toDetail(item: Item, hashKey: string): LedgerDetail {
  const lease = number(item, "lease_until");
  return {
    ...toRow(item, hashKey),
    generation: text(item, "generation"),
    claimed_at: text(item, "claimed_at"),
    lease_owner: text(item, "lease_owner"),
    lease_until: lease === null ? null : new Date(lease * 1000).toISOString(),
    rows_patient: number(item, "rows_patient"),
    rows_encounter: number(item, "rows_encounter"),
    rows_condition: number(item, "rows_condition"),
    readers_lost: number(item, "lost") ?? 0,
    skipped_by: text(item, "skipped_by"),
    skipped_why: text(item, "skipped_why"),
    skipped_at: text(item, "skipped_at"),
  };
}

/** DynamoDB deletes expired items days late: until then they show, and count as gone. */
export const isExpired = (item: Item, ttlAttribute: string | undefined, nowMs: number): boolean => {
  const expires = ttlAttribute ? number(item, ttlAttribute) : null;
  return expires !== null && expires * 1000 <= nowMs;
};

/** Hash key of the item that says which generation of an object is the latest. */
export const headId = (bucket: string, key: string): string => `KEY#${bucket}/${key}`;
export const runItemId = (runId: string): string => `RUN#${runId}`;
