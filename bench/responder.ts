import { createServer, type IncomingMessage } from "node:http";
import { fileItem } from "../test/harness/ledger.ts";

/**
 * Stands in for DynamoDB (and STS's GetCallerIdentity) where an emulator would need gigabytes for a million items: makes the
 * ledger's items up as they are asked for, in the real wire format, in pages of 1 MB as DynamoDB cuts them. Answers the calls
 * of reading commands only. It filters by status as a FilterExpression does: after the page is cut.
 */
export interface Responder {
  readonly endpoint: string;
  /** Calls since the last `reset`, by operation. */
  calls(): Record<string, number>;
  reset(): void;
  close(): Promise<void>;
}

const PAGE_BYTES = 1024 * 1024;
const STARTED = Date.UTC(2024, 0, 1);
const ACCOUNT = "123456789012";
/** One in so many is failed, and the newest few wait. */
const FAILED_EACH = 1000;
const WAITING = 5;

function item(number: number, count: number): Record<string, Record<string, unknown>> {
  const at = new Date(STARTED + number * 1000).toISOString();
  const sequencer = number.toString(16).toUpperCase().padStart(24, "0");
  const key = `fhir/export/2024/ward-${number % 97}/Encounter.${String(number).padStart(9, "0")}.ndjson`;
  const bucket = `metriccare-raw-dev-${ACCOUNT}-us-east-1`;
  const waits = number >= count - WAITING;
  const status = waits ? "received" : number % FAILED_EACH === 0 ? "failed" : "processed";
  const item: Record<string, object> = fileItem({
    bucket,
    key,
    ms: STARTED + number * 1000,
    sequencer,
    etag: sequencer.padStart(32, "a"),
    size: 48_213,
    versionId: sequencer,
    dataset: "encounter",
    status,
    attempt: 1,
    runId: `wr_${Math.floor(number / 1e3)}`,
    recordsIn: 40,
    recordsQuarantined: 0,
    rowsPatient: 0,
    rowsEncounter: 40,
    rowsCondition: 0,
    receivedAt: at,
    claimedAt: at,
    processedAt: waits ? undefined : at,
  });
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { ...value }]));
}

interface Query {
  readonly IndexName?: string;
  readonly Limit?: number;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, { readonly S?: string }>;
  readonly ExclusiveStartKey?: { readonly file_id?: { readonly S?: string } };
}

const numberOf = (fileId: string): number => Number.parseInt(fileId.slice(-24), 16);

function page(query: Query, count: number): object {
  const pending = query.IndexName === "pending";
  const least = pending ? count - WAITING : 0;
  const from = query.ExclusiveStartKey?.file_id?.S;
  const wanted = query.ExpressionAttributeValues?.[":status"]?.S;
  const shown = query.ProjectionExpression?.split(", ").map((name) => query.ExpressionAttributeNames?.[name] ?? name);
  const items: object[] = [];
  let bytes = 0;
  let at = from === undefined ? count - 1 : numberOf(from) - 1;
  let seen = 0;
  for (; at >= least && bytes < PAGE_BYTES && seen < (query.Limit ?? Infinity); at--) {
    const one = item(at, count);
    bytes += JSON.stringify(one).length;
    seen++;
    if (wanted !== undefined && one["status"]?.["S"] !== wanted) continue;
    items.push(shown ? Object.fromEntries(shown.flatMap((name) => (one[name] ? [[name, one[name]]] : []))) : one);
  }
  const last = item(at + 1, count);
  const key = { file_id: last["file_id"], entity: { S: "FILE" }, received_at: last["received_at"] };
  return { Items: items, Count: items.length, ScannedCount: seen, ...(at >= least ? { LastEvaluatedKey: key } : {}) };
}

const described = (count: number): object => {
  const size = { ItemCount: count, IndexSizeBytes: count * 760, IndexName: "by_time" };
  return { Table: { TableStatus: "ACTIVE", ItemCount: count * 2, GlobalSecondaryIndexes: [size] } };
};

const IDENTITY =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
  `<Arn>arn:aws:iam::${ACCOUNT}:user/bench</Arn><UserId>U</UserId><Account>${ACCOUNT}</Account>` +
  "</GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

function answer(operation: string, body: string, count: number): { status: number; body: string } {
  if (operation === "GetCallerIdentity") return { status: 200, body: IDENTITY };
  if (operation === "DescribeTable") return { status: 200, body: JSON.stringify(described(count)) };
  // What the SDK serialised.
  if (operation === "Query") return { status: 200, body: JSON.stringify(page(JSON.parse(body) as Query, count)) };
  const refused = { __type: "UnknownOperationException", message: `the responder knows no ${operation}` };
  return { status: 400, body: JSON.stringify(refused) };
}

/** Starts it for a ledger of `count` files. */
export async function startResponder(count: number): Promise<Responder> {
  let counts: Record<string, number> = {};
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const target = request.headers["x-amz-target"];
      const action = typeof target === "string" ? (target.split(".")[1] ?? "") : "";
      const operation = action || (/Action=(\w+)/.exec(body)?.[1] ?? "?");
      counts[operation] = (counts[operation] ?? 0) + 1;
      const given = answer(operation, body, count);
      const type = given.body.startsWith("<") ? "text/xml" : "application/x-amz-json-1.0";
      response.writeHead(given.status, { "content-type": type }).end(given.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    calls: () => counts,
    reset: () => {
      counts = {};
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
