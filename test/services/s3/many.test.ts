import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Call, Content, Tags } from "../../../src/engine/types.ts";
import { bucketNameOf } from "../../../src/services/s3/arn.ts";
import { object } from "../../../src/services/s3/object.ts";
import type { ObjectProps } from "../../../src/services/s3/props.ts";
import { worldAt } from "../../harness/world.ts";

/** Twenty thousand uploads, and a bucket that lists them a thousand a page. */
const MANY = 20_000;
const PAGE = 1000;
const RECORD = "metriccare/uploads.json";
const ETAG = createHash("md5").update("").digest("hex");
const SHA = createHash("sha256").update("").digest("hex");
const key = (at: number): string => `files/${String(at).padStart(6, "0")}`;

let server: Server;
let record = "";
const asked: string[] = [];

const entry = (name: string, size: number): string =>
  `<Contents><Key>${name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"${ETAG}"</ETag><Size>${size}</Size></Contents>`;

function page(from: number): string {
  const all = Array.from({ length: PAGE }, (_, at) => entry(key(from + at), 0));
  const more = from + PAGE < MANY;
  const last = more ? "" : entry(RECORD, record.length);
  return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${all.join("")}${last}</ListBucketResult>`;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://s3");
    asked.push(`${request.method} ${url.pathname}`);
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (request.method === "PUT") record = Buffer.concat(parts).toString("utf8");
      const listed = url.searchParams.has("list-type");
      const after = url.searchParams.get("start-after");
      const from = after === null ? 0 : Number(after.slice("files/".length)) + 1;
      response.writeHead(200, listed ? { "content-type": "application/xml" } : {});
      response.end(request.method === "PUT" ? "" : listed ? page(from) : record);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());

test(
  "twenty thousand uploads are told by their listing and the record, in little memory",
  { timeout: 60_000 },
  async () => {
    const ctx = worldAt({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const Bucket = bucketNameOf(ctx, "scripts");
    const tags: Tags = { Project: "many", "metriccare:owner": ctx.owner };
    const content: Content = { md5: ETAG, load: async () => new Uint8Array() };
    const all = Array.from({ length: MANY }, (_, at) => {
      const props: ObjectProps = { bucket: Bucket, key: key(at), sha256: SHA, size: 0, contentType: "text/plain" };
      return { address: { kind: "s3.object", id: String(at), name: `${Bucket}/${key(at)}` }, props, tags, content };
    });
    for await (const call of (object.record?.(ctx, all) ?? []) as Iterable<Call>) await call.send();
    expect(asked).toEqual([`PUT /${Bucket}/${RECORD}`]);

    asked.length = 0;
    const before = process.memoryUsage().heapUsed;
    const live = await object.read(
      ctx,
      all.map(({ address, props }) => ({ ...address, props, tags, content, recorded: true })),
    );
    expect(live.size).toBe(MANY);
    expect([...live.values()].every(({ owner }) => owner === ctx.owner)).toBe(true);
    // A page for each thousand, and the record: no call for one of them.
    expect(asked).toHaveLength(MANY / PAGE + 1);
    expect((process.memoryUsage().heapUsed - before) / 1024 / 1024).toBeLessThan(150);
  },
);
