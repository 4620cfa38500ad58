import { number, text } from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { fileItems } from "./read.ts";

/** What reading the whole ledger costs, said before it is done. */
interface ScanCost {
  readonly type: "cost";
  readonly items: number;
  readonly bytes: number;
  readonly read_units: number;
  readonly calls: number;
}

interface LedgerStats {
  readonly type: "stats";
  readonly files: number;
  readonly bytes: number;
  readonly records_in: number;
  readonly records_quarantined: number;
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
  const fields = ["status", "dataset", "size", "records_in", "records_quarantined", "received_at"];
  for await (const item of fileItems(ledger, {}, fields)) {
    const status = text(item, "status") ?? "unknown";
    const dataset = text(item, "dataset") ?? "unknown";
    total.files++;
    total.bytes += number(item, "size") ?? 0;
    total.records_in += number(item, "records_in") ?? 0;
    total.records_quarantined += number(item, "records_quarantined") ?? 0;
    statuses[status] = (statuses[status] ?? 0) + 1;
    datasets[dataset] = (datasets[dataset] ?? 0) + 1;
    // Newest first: the last one met is the oldest.
    if (status === "received" || status === "claimed") oldest = text(item, "received_at");
  }
  yield { type: "stats", ...total, by_status: statuses, by_dataset: datasets, oldest_pending: oldest };
}
