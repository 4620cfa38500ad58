import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import type { Item, LedgerTarget } from "./item.ts";
import { withLedger } from "./read.ts";

/** Rows that wait or are claimed, by the sparse index: as many as there are such, however long the ledger is. */
export async function* pendingItems(ctx: AwsContext, ledger: LedgerTarget): AsyncGenerator<Item> {
  const dynamo = await ctx.clients.dynamodb();
  let from: Record<string, AttributeValue> | undefined;
  do {
    const start = from;
    const page = await withLedger(ctx, ledger, () =>
      dynamo.query({
        TableName: ledger.table,
        IndexName: "pending",
        KeyConditionExpression: "#pending = :one",
        ExpressionAttributeNames: { "#pending": "pending" },
        ExpressionAttributeValues: { ":one": { S: "1" } },
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from);
}
