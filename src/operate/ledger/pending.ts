import type { LedgerFile } from "./item.ts";
import type { Ledger } from "./ledger.ts";
import { pendingSearch } from "./search.ts";

/** Files that wait or are claimed, by the sparse index: as many as there are such, however long the ledger is. */
export async function* pendingFiles(ledger: Ledger): AsyncGenerator<LedgerFile> {
  for await (const item of ledger.query(pendingSearch())) yield ledger.file(item);
}
