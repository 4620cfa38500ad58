import type { Item } from "./item.ts";
import type { Ledger } from "./ledger.ts";

/** Rows that wait or are claimed, by the sparse index: as many as there are such, however long the ledger is. */
export const pendingItems = (ledger: Ledger): AsyncGenerator<Item> =>
  ledger.query({
    IndexName: "pending",
    KeyConditionExpression: "#pending = :one",
    ExpressionAttributeNames: { "#pending": "pending" },
    ExpressionAttributeValues: { ":one": { S: "1" } },
  });
