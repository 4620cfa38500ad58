import type { AwsContext } from "../../aws/context.ts";
import { eventsOf } from "../ledger/head.ts";
import { getItems, headId, type Item, type LedgerTarget } from "../ledger/item.ts";
import { errorName } from "../problem.ts";
import { fileIdOf, generationOf, sequencerOf } from "../ledger/file-id.ts";

/** A first guess from the name, as the function makes it; Bronze corrects it from the content. */
function guess(key: string): string {
  const name = (key.split("/").at(-1) ?? "").toLowerCase();
  return ["patient", "encounter", "condition", "bundle"].find((word) => name.includes(word)) ?? "unknown";
}

/** A generation that its key's head names and that has no row: written again from what the head remembers. False when it cannot be. */
export async function restoreRow(
  ctx: AwsContext,
  { ledger, bucket }: { readonly ledger: LedgerTarget; readonly bucket: string },
  lost: { readonly key: string; readonly file_id: string | null },
): Promise<boolean> {
  const head = (await getItems(ctx, ledger, [headId(bucket, lost.key)])).get(headId(bucket, lost.key));
  const event =
    head &&
    eventsOf(head, bucket, lost.key).find((one) => one.names && fileIdOf(bucket, lost.key, one) === lost.file_id);
  if (!event || lost.file_id === null) return false;
  const item: Item = {
    [ledger.hashKey]: { S: lost.file_id },
    entity: { S: "FILE" },
    generation: { S: generationOf(event) },
    bucket: { S: bucket },
    key: { S: lost.key },
    etag: { S: event.etag },
    size: { N: String(event.size) },
    sequencer: { S: sequencerOf(event) },
    dataset: { S: guess(lost.key) },
    status: { S: "received" },
    attempt: { N: "0" },
    pending: { S: "1" },
    received_at: { S: new Date(ctx.clock.now()).toISOString() },
    ...(event.versionId ? { version_id: { S: event.versionId } } : {}),
  };
  const dynamo = await ctx.clients.dynamodb();
  try {
    await dynamo.putItem({
      TableName: ledger.table,
      Item: { ...item },
      ConditionExpression: "attribute_not_exists(#id)",
      ExpressionAttributeNames: { "#id": ledger.hashKey },
    });
  } catch (error) {
    // Somebody wrote it meanwhile: all the better.
    if (errorName(error) !== "ConditionalCheckFailedException") throw error;
  }
  return true;
}
