import { expect, test } from "vitest";
import { tagList } from "../../../src/aws/marks.ts";
import { fingerprint } from "../../../src/engine/index.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { callsOf } from "../../../src/engine/send.ts";
import type { Address, Live, Sent } from "../../../src/engine/types.ts";
import { bucket } from "../../../src/services/s3/bucket.ts";
import type { BucketProps } from "../../../src/services/s3/props.ts";
import { LEASE_KEY } from "../../../src/services/s3/versions.ts";
import { useEmulator } from "../../harness/use.ts";
import { PLAIN_BUCKET } from "../../kind-suite/cases/s3.ts";
import { send } from "../../kind-suite/drive.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { bucketNameOf } from "../../../src/services/s3/arn.ts";

const used = useEmulator();

async function made(
  ctx: AwsContext,
  change: Partial<BucketProps> = {},
): Promise<{ address: Address; live: Live<BucketProps> }> {
  const address = { kind: "s3.bucket", id: "raw", name: bucketNameOf(ctx, "raw") };
  const props = { ...PLAIN_BUCKET, ...change };
  await send(bucket.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner } }));
  return { address, live: await read(ctx, address) };
}

async function read(ctx: AwsContext, address: Address): Promise<Live<BucketProps>> {
  const live = (await bucket.read(ctx, [address])).get(address.name);
  if (!live) throw new Error("no bucket");
  return live;
}

test("other people's policy statement, lifecycle rule and tags survive a change of ours, and a statement keeps the bucket", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const s3 = await ctx.clients.of(s3Client);
  const Bucket = address.name;
  const policy = JSON.parse((await s3.getBucketPolicy({ Bucket })).Policy ?? "") as { Statement: object[] };
  const theirs = {
    Sid: "Theirs",
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::111122223333:root" },
    Action: "s3:ListBucket",
    Resource: `arn:aws:s3:::${Bucket}`,
  };
  await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify({ ...policy, Statement: [theirs, ...policy.Statement] }) });
  const { Rules = [] } = await s3.getBucketLifecycleConfiguration({ Bucket });
  const rule = { ID: "theirs", Status: "Enabled", Filter: { Prefix: "x/" }, Expiration: { Days: 3 } } as const;
  await s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules: [...Rules, rule] } });
  const seen = await read(ctx, address);
  expect(seen.props).toEqual(live.props);

  const props = { ...seen.props, tlsOnly: false, noncurrentDays: null, abortMultipartDays: null, expireDays: {} };
  const changed = new Set(["tlsOnly", "noncurrentDays", "abortMultipartDays", "expireDays"]);
  await send(bucket.update(ctx, { address, props, tags: {}, live: seen, changed }));
  expect(JSON.parse((await s3.getBucketPolicy({ Bucket })).Policy ?? "")).toMatchObject({ Statement: [theirs] });
  expect((await s3.getBucketLifecycleConfiguration({ Bucket })).Rules).toMatchObject([rule]);
  expect(await bucket.carriesForeign?.(ctx, address, seen)).toBe("carries 1 policy statement of somebody else");
});

test("a new bucket is told only what the config names", () => {
  const ctx = used.world();
  const address = { kind: "s3.bucket", id: "raw", name: bucketNameOf(ctx, "raw") };
  const sent = [...(bucket.create(ctx, { address, props: PLAIN_BUCKET, tags: {} }) as Iterable<Sent>)];
  const names = sent.flatMap(callsOf).map(({ name }) => name);
  expect(names).toContain("s3:PutBucketPolicy");
  for (const none of ["s3:PutBucketAcl", "s3:PutAccelerateConfiguration", "s3:PutBucketRequestPayment"])
    expect(names).not.toContain(none);
});

test("an altered TLS statement is seen and set right", async () => {
  const ctx = used.world();
  const { address } = await made(ctx);
  const s3 = await ctx.clients.of(s3Client);
  const Bucket = address.name;
  const policy = JSON.parse((await s3.getBucketPolicy({ Bucket })).Policy ?? "") as {
    Statement: [{ Resource: string[] }];
  };
  policy.Statement[0].Resource = policy.Statement[0].Resource.slice(0, 1);
  await s3.putBucketPolicy({ Bucket, Policy: JSON.stringify(policy) });
  const seen = await read(ctx, address);
  expect(seen.props.tlsOnly).toBe(false);
  const props = { ...seen.props, tlsOnly: true };
  await send(bucket.update(ctx, { address, props, tags: {}, live: seen, changed: new Set(["tlsOnly"]) }));
  expect((await read(ctx, address)).props.tlsOnly).toBe(true);
});

test("data is objects, versions and delete markers, but not the lease and not what leaves with the same plan", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const s3 = await ctx.clients.of(s3Client);
  const Bucket = address.name;
  const data = (...leaving: string[]): Promise<string | undefined> | undefined =>
    bucket.holdsData?.(ctx, address, live, new Set(leaving));
  await s3.putObject({ Bucket, Key: LEASE_KEY, Body: "{}" });
  expect(await data()).toBeUndefined();
  await s3.putObject({ Bucket, Key: "glue-scripts/a.py", Body: "1" });
  await s3.putObject({ Bucket, Key: "glue-scripts/a.py", Body: "2" });
  expect(await data()).toBe("holds 1 object");
  expect(await data(`s3://${Bucket}/glue-scripts/a.py`)).toBeUndefined();
  await s3.putObject({ Bucket, Key: "b", Body: "1" });
  await s3.deleteObject({ Bucket, Key: "b" });
  expect(await data(`s3://${Bucket}/glue-scripts/a.py`)).toBe("holds 1 object");
});

test("emptying takes versions, markers and unfinished uploads; the bucket then goes with its lease", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const s3 = await ctx.clients.of(s3Client);
  const Bucket = address.name;
  for (let n = 0; n < 3; n += 1) await s3.putObject({ Bucket, Key: `fhir/ä ${n % 2}.ndjson`, Body: String(n) });
  await s3.deleteObject({ Bucket, Key: "fhir/ä 0.ndjson" });
  await s3.putObject({ Bucket, Key: LEASE_KEY, Body: "{}" });
  await s3.createMultipartUpload({ Bucket, Key: "big" });
  await send(bucket.empty?.(ctx, address, live) ?? []);
  const left = await s3.listObjectVersions({ Bucket });
  expect([...(left.Versions ?? []), ...(left.DeleteMarkers ?? [])]).toEqual([]);
  await s3.putObject({ Bucket, Key: LEASE_KEY, Body: "{}" });
  await send(bucket.delete(ctx, address, live));
  expect((await bucket.read(ctx, [address])).size).toBe(0);
});

test("a bucket that only holds delete markers is emptied", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const s3 = await ctx.clients.of(s3Client);
  for (let n = 0; n < 3; n += 1) await s3.deleteObject({ Bucket: address.name, Key: `gone ${n}` });
  await send(bucket.empty?.(ctx, address, live) ?? []);
  await send(bucket.delete(ctx, address, live));
  expect((await bucket.read(ctx, [address])).size).toBe(0);
});

const XML = '<?xml version="1.0"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';

test("DeleteObjects that answers 200 with errors is an error", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  await (await ctx.clients.of(s3Client)).putObject({ Bucket: address.name, Key: "a", Body: "1" });
  const body = `${XML}<Error><Key>a</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>`;
  used.proxy.refuse(({ method, path }) =>
    method === "POST" && path.includes("?delete") ? { status: 200, type: "application/xml", body } : undefined,
  );
  await expect(send(bucket.empty?.(ctx, address, live) ?? [])).rejects.toMatchObject({ name: "AccessDenied" });
});

test("a large bucket that does not get emptier is given up, not emptied for ever", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const versions = Array.from(
    { length: 1000 },
    (_, at) => `<Version><Key>k${at}</Key><VersionId>v</VersionId></Version>`,
  ).join("");
  const list = `<?xml version="1.0"?><ListVersionsResult><IsTruncated>false</IsTruncated>${versions}</ListVersionsResult>`;
  used.proxy.refuse(({ method, path }) =>
    method === "POST" && path.includes("?delete")
      ? { status: 200, type: "application/xml", body: `${XML}</DeleteResult>` }
      : path.includes("?versions")
        ? { status: 200, type: "application/xml", body: list }
        : undefined,
  );
  await expect(send(bucket.empty?.(ctx, address, live) ?? [])).rejects.toThrow(/still not empty after \d+ passes/);
});

test("what is not empty when it is deleted is not deleted", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  await (await ctx.clients.of(s3Client)).putObject({ Bucket: address.name, Key: "a", Body: "1" });
  await expect(send(bucket.delete(ctx, address, live))).rejects.toMatchObject({ name: "BucketNotEmpty" });
});

test("outside us-east-1 the region is named, and the bucket belongs there", async () => {
  const ctx = { ...used.world(), region: "eu-central-1" };
  const address = { kind: "s3.bucket", id: "raw", name: bucketNameOf(ctx, "raw") };
  const [create] = [...(bucket.create(ctx, { address, props: PLAIN_BUCKET, tags: {} }) as Iterable<{ name: string }>)];
  expect(create?.name).toBe("s3:CreateBucket");
});

test("a lock is made with the bucket, its default changed in place, and never taken off", async () => {
  const ctx = used.world();
  const address = { kind: "s3.bucket", id: "raw", name: bucketNameOf(ctx, "raw") };
  const props: BucketProps = { ...PLAIN_BUCKET, objectLock: { mode: "GOVERNANCE", days: 1 } };
  const names = await send(bucket.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner } }));
  expect(names).toContain("s3:PutBucketObjectLockConfiguration");
  // The lock has brought versions along.
  expect(names).not.toContain("s3:PutBucketVersioning");
  const seen = async (): Promise<Live<BucketProps>> => {
    const live = (await bucket.read(ctx, [{ ...address, props }])).get(address.name);
    if (!live) throw new Error("no bucket");
    return live;
  };
  expect((await seen()).props).toMatchObject({ versioning: true, objectLock: { mode: "GOVERNANCE", days: 1 } });
  const changed = new Set(["objectLock"]);
  const longer = { ...props, objectLock: { mode: "GOVERNANCE" as const, years: 2 } };
  await send(bucket.update(ctx, { address, props: longer, tags: {}, live: await seen(), changed }));
  expect((await seen()).props.objectLock).toEqual(longer.objectLock);
  await send(bucket.update(ctx, { address, props: PLAIN_BUCKET, tags: {}, live: await seen(), changed }));
  expect((await seen()).props.objectLock).toEqual({});
});

test("an optional setting costs a call where it is named, and where the last apply named it", async () => {
  const ctx = used.world();
  const { address } = await made(ctx);
  const asked: string[] = [];
  used.proxy.refuse(({ method, path }) => void asked.push(`${method} ${path.split("?")[1]?.split("&")[0] ?? ""}`));
  await bucket.read(ctx, [{ ...address, props: PLAIN_BUCKET }]);
  expect(asked).toHaveLength(7);
  asked.length = 0;
  const named: BucketProps = { ...PLAIN_BUCKET, website: { indexDocument: "a.html" } };
  await bucket.read(ctx, [{ ...address, props: named }]);
  expect(asked.filter((one) => one.includes("website"))).toHaveLength(1);
  expect(asked).toHaveLength(8);
  const tags = { "metriccare:owner": ctx.owner, "metriccare:applied": fingerprint(named, {}, {}) };
  await (await ctx.clients.of(s3Client)).putBucketTagging({ Bucket: address.name, Tagging: { TagSet: tagList(tags) } });
  asked.length = 0;
  await bucket.read(ctx, [{ ...address, props: PLAIN_BUCKET }]);
  expect(asked).toHaveLength(8);
});

test("other people's rules for browsers and copies stay beside ours", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx);
  const s3 = await ctx.clients.of(s3Client);
  const Bucket = address.name;
  const theirs = { ID: "theirs", AllowedMethods: ["GET"], AllowedOrigins: ["*"] };
  await s3.putBucketCors({ Bucket, CORSConfiguration: { CORSRules: [theirs] } });
  const props: BucketProps = { ...PLAIN_BUCKET, cors: { ours: { methods: ["PUT"], origins: ["https://a.example"] } } };
  const changed = new Set(["cors"]);
  await send(bucket.update(ctx, { address, props, tags: {}, live, changed }));
  const ids = async () => (await s3.getBucketCors({ Bucket })).CORSRules?.map(({ ID }) => ID);
  expect(await ids()).toEqual(["theirs", "metriccare-ours"]);
  await send(bucket.update(ctx, { address, props: PLAIN_BUCKET, tags: {}, live, changed }));
  expect(await ids()).toEqual(["theirs"]);
});
