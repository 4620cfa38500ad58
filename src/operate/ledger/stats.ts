import { STATES } from "../../lakehouse/ledger.ts";
import type { Summed } from "./fields.ts";
import type { LedgerFile } from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { eachFile } from "./read.ts";

/** What reading the whole ledger costs, said before it is done. */
interface ScanCost {
  readonly type: "cost";
  readonly items: number;
  readonly bytes: number;
  readonly read_units: number;
  readonly calls: number;
}

/** Records of all files: the figures by the names that a row has for them. */
type Sums = Readonly<Record<Summed, number>>;

interface LedgerStats extends Sums {
  readonly type: "stats";
  readonly files: number;
  readonly bytes: number;
  readonly by_status: Readonly<Record<string, number>>;
  readonly by_dataset: Readonly<Record<string, number>>;
  readonly oldest_pending: string | null;
}

/** First the cost of the read (DynamoDB's own count, some hours old), then the figures. */
export async function* ledgerStats(ledger: Ledger): AsyncGenerator<ScanCost | LedgerStats> {
  const table = (await ledger.ask((dynamo) => dynamo.describeTable({ TableName: ledger.table }))).Table;
  const index = table?.GlobalSecondaryIndexes?.find((each) => each.IndexName === "by_time");
  const bytes = index?.IndexSizeBytes ?? table?.TableSizeBytes ?? 0;
  // Eventually consistent: 8 KB a unit. A page holds 1 MB.
  yield {
    type: "cost",
    items: index?.ItemCount ?? table?.ItemCount ?? 0,
    bytes,
    read_units: Math.ceil(bytes / 8192),
    calls: Math.max(1, Math.ceil(bytes / 1_048_576)),
  };
  const total = { files: 0, bytes: 0, records_in: 0, records_quarantined: 0 };
  const statuses: Record<string, number> = {};
  const datasets: Record<string, number> = {};
  let oldest: string | null = null;
  for await (const file of eachFile(ledger, {}, FIELDS)) {
    const dataset = file.dataset ?? "unknown";
    total.files++;
    total.bytes += file.size ?? 0;
    total.records_in += file.recordsIn ?? 0;
    total.records_quarantined += file.recordsQuarantined ?? 0;
    statuses[file.status] = (statuses[file.status] ?? 0) + 1;
    datasets[dataset] = (datasets[dataset] ?? 0) + 1;
    // Newest first: the last one met is the oldest.
    if (STATES[file.status].waits) oldest = file.receivedAt;
  }
  yield { type: "stats", ...total, by_status: statuses, by_dataset: datasets, oldest_pending: oldest };
}

const FIELDS: readonly (keyof LedgerFile)[] = [
  "status",
  "dataset",
  "size",
  "recordsIn",
  "recordsQuarantined",
  "receivedAt",
];

/** How many records were read and set aside, named as code names things. */
export const recordsOf = (stats: LedgerStats): { readonly read: number; readonly quarantined: number } => ({
  read: stats.records_in,
  quarantined: stats.records_quarantined,
});

/** The records of all files, in words. */
export const recordsText = (stats: LedgerStats): string =>
  `${stats.records_in} records read, ${stats.records_quarantined} quarantined`;
