import { fileIdOf } from "../ledger/file-id.ts";
import { eventsOf } from "../ledger/head.ts";
import { record } from "../ledger/write.ts";
import type { Pipeline } from "../runs/pipeline.ts";

/** A generation that its key's head names and that has no row: written again from what the head remembers. False when it cannot be. */
export async function restoreRow(
  { ledger, bucket }: Pick<Pipeline, "ledger" | "bucket">,
  lost: { readonly key: string; readonly file_id: string | null },
): Promise<boolean> {
  const { key, file_id: fileId } = lost;
  const events = eventsOf(await ledger.head(bucket, key), bucket, key);
  const event = events.find((one) => one.names && fileIdOf(bucket, key, one) === fileId);
  if (!event) return false;
  // False when somebody wrote it meanwhile: all the better.
  await record(ledger, { ...event, bucket, key });
  return true;
}
