import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients } from "../../src/aws/clients.ts";
import { classify, faults } from "../../src/services/faults.ts";
import { s3Client, withOwner } from "../../src/services/s3/client.ts";

const OURS = "123456789012";
let server: Server;
const heard: IncomingMessage[] = [];

/** S3 as it is about owners: a call that names another owner than the bucket's gets 403 and no word why. */
beforeAll(async () => {
  server = createServer((request, response) => {
    heard.push(request);
    const named = request.headers["x-amz-expected-bucket-owner"];
    const owner = request.url?.startsWith("/taken") ? "999999999999" : OURS;
    if (named === undefined || named === owner) return void response.writeHead(200).end();
    response.writeHead(403, { "content-type": "application/xml" });
    response.end("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

function clients(): Clients {
  const { port } = server.address() as AddressInfo;
  const target = {
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  };
  const made = new Clients({ target, calls: new CallLog(), faults, readOnly: false, maxAttempts: 1 });
  made.expectOwner(OURS);
  return made;
}

const header = (name: string): unknown => heard.at(-1)?.headers[name];

describe("every call to S3 names the bucket's owner", () => {
  test("reads, writes, settings, and the source of a copy", async () => {
    const s3 = await clients().of(s3Client);
    await s3.putObject({ Bucket: "ours", Key: "k", Body: "x" });
    expect(header("x-amz-expected-bucket-owner")).toBe(OURS);
    await s3.getBucketVersioning({ Bucket: "ours" });
    expect(header("x-amz-expected-bucket-owner")).toBe(OURS);
    await s3.headBucket({ Bucket: "ours" });
    expect(header("x-amz-expected-bucket-owner")).toBe(OURS);
    expect(withOwner("CopyObject", { Bucket: "b", Key: "k", CopySource: "a/k" }, OURS)).toEqual({
      Bucket: "b",
      Key: "k",
      CopySource: "a/k",
      ExpectedBucketOwner: OURS,
      ExpectedSourceBucketOwner: OURS,
    });
  });

  test("a bucket whose name another account has taken gets no data, and the message says so", async () => {
    const s3 = await clients().of(s3Client);
    const refused = await s3.putObject({ Bucket: "taken", Key: "k", Body: "x" }).catch((error: unknown) => error);
    const fault = classify(refused, { name: "", touched: new Set() });
    expect(fault).toMatchObject({ class: "denied", code: "access_denied" });
    expect(fault.fix).toContain("belongs to another account");
    const head = await s3.headObject({ Bucket: "taken", Key: "k" }).catch((error: unknown) => error);
    expect(classify(head, { name: "", touched: new Set() }).fix).toContain("belongs to another account");
  });

  test("but the call that makes a bucket, and one that says that it may be anybody's", () => {
    expect(withOwner("CreateBucket", { Bucket: "b" }, OURS)).toEqual({ Bucket: "b" });
    expect(withOwner("ListBuckets", {}, OURS)).toEqual({});
    expect(withOwner("HeadObject", { Bucket: "b", ExpectedBucketOwner: undefined }, OURS)).toEqual({
      Bucket: "b",
      ExpectedBucketOwner: undefined,
    });
    expect(withOwner("HeadObject", { Bucket: "b" }, undefined)).toEqual({ Bucket: "b" });
  });
});
