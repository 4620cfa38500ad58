import { readingItemId, runItemId } from "./file-id.ts";
import { failedCount, frozenFiles, type LedgerFile, type LedgerFilter } from "./item.ts";
import type { Ledger } from "./ledger.ts";

/** The filter as the index would apply it. `since` and `until` are the ledger's own spelling of times. */
function isWanted(file: LedgerFile, filter: LedgerFilter): boolean {
  const received = file.receivedAt ?? "";
  const equal = [
    [filter.status, file.status],
    [filter.dataset, file.dataset],
    [filter.run, file.runId],
    [filter.key, file.key],
  ];
  return (
    equal.every(([wanted, value]) => wanted === undefined || wanted === value) &&
    file.key.startsWith(filter.prefix ?? "") &&
    (!filter.since || received >= filter.since) &&
    (!filter.until || received <= filter.until)
  );
}

/**
 * Files of one run, newest first: the run's own item names the files that it froze, so that this costs what the run read and
 * not what the ledger holds. Undefined when the ledger has forgotten the run.
 */
export async function filesOfRun(
  ledger: Ledger,
  filter: LedgerFilter & { readonly run: string },
): Promise<LedgerFile[] | undefined> {
  const ids = frozenFiles(await ledger.item(runItemId(filter.run)));
  if (!ids) return undefined;
  return [...(await ledger.items(ids)).values()]
    .filter((item) => !ledger.isExpired(item))
    .map((item) => ledger.file(item))
    .filter((file) => isWanted(file, filter))
    .sort((a, b) => ((a.receivedAt ?? "") < (b.receivedAt ?? "") ? 1 : -1))
    .slice(0, filter.limit);
}

/** How many files ended as `failed` in each of some runs; a run that the ledger knows nothing of is absent. */
export async function failedFiles(ledger: Ledger, runIds: readonly string[]): Promise<Map<string, number>> {
  const items = await ledger.items(runIds.map(readingItemId));
  return new Map(
    runIds.flatMap((id) => {
      const item = items.get(readingItemId(id));
      return item ? [[id, failedCount(item)] as const] : [];
    }),
  );
}
