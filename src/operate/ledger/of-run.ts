import { type Item, type LedgerFilter, number, runItemId, text } from "./item.ts";
import type { Ledger } from "./ledger.ts";

/** The filter as the index would apply it. `since` and `until` are the ledger's own spelling of times. */
function isWanted(item: Item, filter: LedgerFilter): boolean {
  const received = text(item, "received_at") ?? "";
  const equal = { status: filter.status, dataset: filter.dataset, run_id: filter.run, key: filter.key };
  return (
    Object.entries(equal).every(([name, value]) => value === undefined || text(item, name) === value) &&
    (text(item, "key") ?? "").startsWith(filter.prefix ?? "") &&
    (!filter.since || received >= filter.since) &&
    (!filter.until || received <= filter.until)
  );
}

/**
 * Items of one run, newest first: the run's own item names the files that it froze, so that this costs what the run read and
 * not what the ledger holds. Undefined when the ledger has forgotten the run.
 */
export async function itemsOfRun(
  ledger: Ledger,
  filter: LedgerFilter & { readonly run: string },
): Promise<Item[] | undefined> {
  const files = (await ledger.item(runItemId(filter.run)))?.["files"]?.L;
  if (!files) return undefined;
  const items = await ledger.items(files.map((file) => file.S ?? ""));
  const newest = (a: Item, b: Item): number =>
    (text(a, "received_at") ?? "") < (text(b, "received_at") ?? "") ? 1 : -1;
  return [...items.values()]
    .filter((item) => isWanted(item, filter) && !ledger.isExpired(item))
    .sort(newest)
    .slice(0, filter.limit);
}

/** Item in which a run's Bronze jobs say what they read, and count the files that failed. */
export const readingItemId = (runId: string): string => `READING#${runId}`;

/** How many files ended as `failed` in each of some runs; a run that the ledger knows nothing of is absent. */
export async function failedFiles(ledger: Ledger, runIds: readonly string[]): Promise<Map<string, number>> {
  const items = await ledger.items(runIds.map(readingItemId));
  return new Map(
    runIds.flatMap((id) => {
      const item = items.get(readingItemId(id));
      return item ? [[id, number(item, "failed_files") ?? 0] as const] : [];
    }),
  );
}
