import type { AwsContext } from "../../src/aws/context.ts";
import { HASH_KEY, INDEXES, keyTypeOf } from "../../src/lakehouse/ledger.ts";

type DynamoDb = Awaited<ReturnType<AwsContext["clients"]["dynamodb"]>>;

/** A ledger's table as `apply` would make it, by the one description of its items. */
export async function createLedger(dynamo: DynamoDb, table: string, hashKey = HASH_KEY): Promise<void> {
  const indexes = Object.entries(INDEXES);
  const names = [...new Set(indexes.flatMap(([, { hash, range }]) => [hash, range]))];
  await dynamo.createTable({
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: hashKey, AttributeType: keyTypeOf(HASH_KEY) },
      ...names.map((name) => ({ AttributeName: name, AttributeType: keyTypeOf(name) })),
    ],
    KeySchema: [{ AttributeName: hashKey, KeyType: "HASH" }],
    GlobalSecondaryIndexes: indexes.map(([IndexName, { hash, range }]) => ({
      IndexName,
      KeySchema: [
        { AttributeName: hash, KeyType: "HASH" },
        { AttributeName: range, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    })),
  });
}
