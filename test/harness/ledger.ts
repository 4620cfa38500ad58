import type { AttributeValue, DynamoDB } from "@aws-sdk/client-dynamodb";
import { fixedOf, HASH_KEY, INDEXES, keyTypeOf, STATES } from "../../src/lakehouse/ledger.ts";
import { fileIdOf, generationOf, headId, sequencerOf } from "../../src/operate/ledger/file-id.ts";
import { encoded, type FileStatus, headWith, itemOf, type Values } from "../../src/operate/ledger/item.ts";

/** A ledger's table as `apply` would make it, by the one description of its items. */
export async function createLedger(dynamo: DynamoDB, table: string, hashKey = HASH_KEY): Promise<void> {
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

type Row = Record<string, AttributeValue>;

/** What names a generation; `sequencer` is empty for an upload without an event. */
interface Named {
  readonly bucket: string;
  readonly key: string;
  readonly ms: number;
  readonly sequencer?: string;
}

/** An item of a file as the function and the jobs leave it: what is not said is that of a new one. */
export function fileItem(
  { ms, sequencer = "", ...values }: Named & Values & { readonly status?: FileStatus },
  hashKey = HASH_KEY,
): Row {
  const { bucket, key, status = "received" } = values;
  const event = { ms, sequencer };
  const item: Row = {
    ...encoded({ ...fixedOf("record"), [hashKey]: fileIdOf(bucket, key, event) }),
    ...itemOf({ generation: generationOf(event), ...(sequencer ? { sequencer: sequencerOf(event) } : {}), ...values }),
  };
  if (!STATES[status].waits) delete item[INDEXES.pending.hash];
  return item;
}

/** The head of a key that has had this one upload. */
export function headItem(
  upload: Named & { readonly etag?: string; readonly size?: number; readonly versionId?: string },
  hashKey = HASH_KEY,
): Row {
  const { bucket, key, ms, sequencer = "", etag = "", size = 0, versionId = "" } = upload;
  const fileId = fileIdOf(bucket, key, { ms, sequencer });
  const head = headWith(undefined, { ms, sequencer, etag, size, versionId, fileId });
  return { ...head?.item, ...encoded({ [hashKey]: headId(bucket, key) }) };
}
