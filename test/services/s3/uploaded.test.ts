import { expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Wanted, Write } from "../../../src/engine/types.ts";
import { bucketNameOf } from "../../../src/services/s3/arn.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { md5Hex, sha256Hex } from "../../../src/services/s3/content.ts";
import { object, objectName } from "../../../src/services/s3/object.ts";
import type { ObjectProps } from "../../../src/services/s3/props.ts";
import { RECORD_KEY } from "../../../src/services/s3/versions.ts";
import { useEmulator } from "../../harness/use.ts";
import { makeBucket } from "../../kind-suite/cases/s3.ts";
import { send } from "../../kind-suite/drive.ts";

/** Uploads told by one listing and what the last apply wrote down. */
const used = useEmulator();

function written(ctx: AwsContext, key: string, text: string, more: Partial<ObjectProps> = {}): Write<ObjectProps> {
  const bytes = new TextEncoder().encode(text);
  const bucket = bucketNameOf(ctx, "scripts");
  const props = { bucket, key, sha256: sha256Hex(bytes), size: bytes.length, contentType: "text/x-python", ...more };
  const name = objectName(bucket, key);
  const content = { load: async () => bytes, under: "", ...(md5Hex(bytes) ? { md5: md5Hex(bytes) } : {}) };
  return { address: { kind: "s3.object", id: key, name }, props, tags: { "metriccare:owner": ctx.owner }, content };
}

const asked = ({ address, props, tags, content }: Write<ObjectProps>): Wanted<ObjectProps> => ({
  ...address,
  props,
  tags,
  ...(content ? { content } : {}),
  recorded: true,
});

/** How each object was told: `record`, `itself` or `absent`; and how many calls that took. */
async function told(ctx: AwsContext, ...all: readonly Write<ObjectProps>[]): Promise<{ how: string[]; calls: number }> {
  ctx.refresh();
  const before = ctx.calls.total;
  const found = await object.read(ctx, all.map(asked));
  const how = all.map(({ address }) => {
    const live = found.get(address.name);
    return live ? (live.searched ? "record" : "itself") : "absent";
  });
  return { how, calls: ctx.calls.total - before };
}

async function uploaded(ctx: AwsContext): Promise<Write<ObjectProps>[]> {
  await makeBucket(ctx, bucketNameOf(ctx, "scripts"));
  const all = ["a.py", "b.py", "c.py"].map((key) => written(ctx, key, `# ${key}`));
  for (const one of all) await send(object.create(ctx, one));
  await send(object.record?.(ctx, all) ?? []);
  return all;
}

/** S3 tells whole seconds. */
const nextSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));

test("any number of uploads that are as they were put are told by a listing and a record", async () => {
  const ctx = used.world();
  const all = await uploaded(ctx);
  expect(await told(ctx, ...all)).toEqual({ how: ["record", "record", "record"], calls: 2 });
  const live = (await object.read(ctx, all.map(asked))).get(all[0]?.address.name ?? "");
  expect(live).toMatchObject({ owner: ctx.owner, props: all[0]?.props, tags: all[0]?.tags });
  // The record hangs on the config alone.
  const read = async (): Promise<string> => {
    const s3 = await ctx.clients.of(s3Client);
    const found = await s3.getObject({ Bucket: bucketNameOf(ctx, "scripts"), Key: RECORD_KEY });
    return (await found.Body?.transformToString()) ?? "";
  };
  const before = await read();
  await send(object.record?.(ctx, all.toReversed()) ?? []);
  expect(await read()).toBe(before);
  expect(await object.owned(ctx, all.map(asked))).toHaveLength(3);
});

test("what is not there is absent without being asked for, also in a bucket that is not there", async () => {
  const ctx = used.world();
  const ghost = written(ctx, "ghost.py", "#");
  expect(await told(ctx, ghost)).toEqual({ how: ["absent"], calls: 1 });
  await uploaded(ctx);
  expect(await told(ctx, ghost)).toEqual({ how: ["absent"], calls: 2 });
});

test("what differs, is younger than the record, or hides what it is, is looked at by itself", async () => {
  const ctx = used.world();
  const [a, b, c] = await uploaded(ctx);
  if (!a || !b || !c) throw new Error("no uploads");
  const s3 = await ctx.clients.of(s3Client);
  const Bucket = a.props.bucket;
  // The config says something else of it: other content, other settings, other tags.
  const other = written(ctx, "a.py", "# other");
  const typed = { ...a, props: { ...a.props, contentType: "text/plain" } };
  const teamed = { ...a, tags: { ...a.tags, Team: "blue" } };
  for (const one of [other, typed, teamed]) expect((await told(ctx, one)).how).toEqual(["itself"]);
  // Grants change without a trace in a listing; without MD5 (FIPS) nothing can be told of the content.
  const granted = { ...a, props: { ...a.props, acl: "private" as const } };
  await send(object.record?.(ctx, [granted, b, c]) ?? []);
  expect((await told(ctx, granted)).how).toEqual(["itself"]);
  await send(object.record?.(ctx, [a, b, c]) ?? []);
  expect((await told(ctx, { ...a, content: { load: async () => new Uint8Array() } })).how).toEqual(["itself"]);
  // Somebody puts the same content again, without our tags: it is younger.
  await nextSecond();
  await s3.putObject({ Bucket, Key: "b.py", Body: "# b.py" });
  expect((await told(ctx, a, b, c)).how).toEqual(["record", "itself", "record"]);
});

test("without a record, with half a one, or without the right to read it, each is looked at by itself", async () => {
  const ctx = used.world();
  const [a] = await uploaded(ctx);
  if (!a) throw new Error("no uploads");
  const s3 = await ctx.clients.of(s3Client);
  const at = { Bucket: a.props.bucket, Key: RECORD_KEY };
  used.proxy.refuse(({ method, path }) =>
    method === "GET" && path.includes(RECORD_KEY)
      ? { status: 403, code: "AccessDenied", message: "no identity-based policy allows s3:GetObject" }
      : undefined,
  );
  expect((await told(ctx, a)).how).toEqual(["itself"]);
  used.proxy.pass();
  await s3.putObject({ ...at, Body: '{"version":1,"obj' });
  expect((await told(ctx, a)).how).toEqual(["itself"]);
  await s3.deleteObject(at);
  expect((await told(ctx, a)).how).toEqual(["itself"]);
});
