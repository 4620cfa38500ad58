import { fileIdOf, generationOf, sequencerOf } from "../ledger/file-id.ts";
import { eventsOf } from "../ledger/head.ts";
import type { Pipeline } from "../runs/pipeline.ts";

/** A first guess from the name, as the function makes it; Bronze corrects it from the content. */
function guess(key: string): string {
  const name = (key.split("/").at(-1) ?? "").toLowerCase();
  return ["patient", "encounter", "condition", "bundle"].find((word) => name.includes(word)) ?? "unknown";
}

/** A generation that its key's head names and that has no row: written again from what the head remembers. False when it cannot be. */
export async function restoreRow(
  { ctx, ledger, bucket }: Pick<Pipeline, "ctx" | "ledger" | "bucket">,
  lost: { readonly key: string; readonly file_id: string | null },
): Promise<boolean> {
  const { key, file_id: fileId } = lost;
  const events = eventsOf((await ledger.head(bucket, key)) ?? {}, bucket, key);
  const event = events.find((one) => one.names && fileIdOf(bucket, key, one) === fileId);
  if (!event || fileId === null) return false;
  // False when somebody wrote it meanwhile: all the better.
  await ledger.create(fileId, {
    entity: { S: "FILE" },
    generation: { S: generationOf(event) },
    bucket: { S: bucket },
    key: { S: key },
    etag: { S: event.etag },
    size: { N: String(event.size) },
    sequencer: { S: sequencerOf(event) },
    dataset: { S: guess(key) },
    status: { S: "received" },
    attempt: { N: "0" },
    pending: { S: "1" },
    received_at: { S: new Date(ctx.clock.now()).toISOString() },
    ...(event.versionId ? { version_id: { S: event.versionId } } : {}),
  });
  return true;
}
