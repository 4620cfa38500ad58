import { expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { ContentChanged, sha256Hex } from "../../../src/services/s3/content.ts";
import { object, objectName } from "../../../src/services/s3/object.ts";
import type { ObjectProps } from "../../../src/services/s3/props.ts";
import { useEmulator } from "../../harness/use.ts";
import { makeBucket } from "../../kind-suite/cases/s3.ts";
import { send } from "../../kind-suite/drive.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { bucketNameOf } from "../../../src/services/s3/arn.ts";

const used = useEmulator();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function propsOf(bucket: string, key: string, content: Uint8Array): ObjectProps {
  return { bucket, key, sha256: sha256Hex(content), size: content.length, contentType: "text/x-python" };
}

async function put(ctx: AwsContext, bucket: string, key: string, text: string): Promise<ObjectProps> {
  const props = propsOf(bucket, key, bytes(text));
  const address = { kind: "s3.object", id: key, name: objectName(bucket, key) };
  const content = { load: async () => bytes(text) };
  await send(object.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner }, content }));
  return props;
}

test("a file that changes between plan and apply is not uploaded under the old hash", async () => {
  const ctx = used.world();
  const props = propsOf("b", "k", bytes("planned"));
  const content = { load: async () => bytes("changed meanwhile") };
  const address = { kind: "s3.object", id: "k", name: "b/k" };
  await expect(send(object.create(ctx, { address, props, tags: {}, content }))).rejects.toBeInstanceOf(ContentChanged);
});

test("leftovers are found in the scripts bucket and beside what is declared; scratch space and the lease are passed by", async () => {
  const ctx = used.world();
  const scripts = bucketNameOf(ctx, "scripts");
  const other = bucketNameOf(ctx, "other");
  await makeBucket(ctx, scripts);
  await makeBucket(ctx, other);
  await put(ctx, scripts, "glue-scripts/a.py", "a");
  await put(ctx, scripts, "zz.py", "z");
  await put(ctx, other, "b.py", "b");
  const s3 = await ctx.clients.of(s3Client);
  for (const Key of ["tmp/1", "tmp/2", "metriccare/lease.json"]) await s3.putObject({ Bucket: scripts, Key, Body: "" });
  const names = async (...declared: Parameters<typeof object.owned>[1] & {}): Promise<string[]> =>
    (await object.owned(ctx, declared)).map(({ name }) => name).toSorted();
  expect(await names()).toEqual([`${scripts}/glue-scripts/a.py`, `${scripts}/zz.py`]);
  // Beside the files that arrive, an upload's folder alone is looked through.
  await s3.putObject({ Bucket: other, Key: "fhir/patient.json", Body: "" });
  const upload = {
    kind: "s3.object",
    id: "b",
    name: objectName(other, "b.py"),
    content: { load: async () => bytes("b"), under: "b.py" },
  };
  expect(await names(upload)).toEqual([`${other}/b.py`, `${scripts}/glue-scripts/a.py`, `${scripts}/zz.py`]);
});

test("whoever puts nothing into a scripts bucket needs no right to look into one", async () => {
  const ctx = used.world();
  const lake = bucketNameOf(ctx, "lake");
  await makeBucket(ctx, lake);
  const denied = { status: 403, code: "AccessDenied", message: "no identity-based policy allows s3:ListBucket" };
  const names = async (id: string): Promise<string[]> => {
    const name = objectName(bucketNameOf(ctx, id), "a.py");
    return (await object.owned(ctx, [{ kind: "s3.object", id: "a", name }])).map((found) => found.name);
  };
  await put(ctx, lake, "a.py", "a");
  used.proxy.refuse(({ path }) => (path.includes(bucketNameOf(ctx, "scripts")) ? denied : undefined));
  expect(await names("lake")).toEqual([objectName(lake, "a.py")]);
  // Where scripts lie there, what cannot be seen is no empty bucket.
  await expect(names("scripts")).rejects.toThrow(/s3:ListBucket/);
});

test("only the key itself loses its versions, not those that begin like it", async () => {
  const ctx = used.world();
  const bucket = bucketNameOf(ctx, "scripts");
  await makeBucket(ctx, bucket);
  const s3 = await ctx.clients.of(s3Client);
  await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
  const props = await put(ctx, bucket, "a.py", "1");
  await put(ctx, bucket, "a.py", "2");
  await s3.putObject({ Bucket: bucket, Key: "a.py.bak", Body: "theirs" });
  const address = { kind: "s3.object", id: "a", name: objectName(bucket, "a.py") };
  await send(object.delete(ctx, address, { name: address.name, tags: {}, props }));
  const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket: bucket });
  expect(Versions.map(({ Key }) => Key)).toEqual(["a.py.bak"]);
  expect(DeleteMarkers).toEqual([]);
});

test("an object that somebody overwrote is still ours in a versioned bucket; a stranger's never was", async () => {
  const ctx = used.world();
  const bucket = bucketNameOf(ctx, "scripts");
  await makeBucket(ctx, bucket);
  const s3 = await ctx.clients.of(s3Client);
  await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
  const props = await put(ctx, bucket, "a.py", "ours");
  await s3.putObject({ Bucket: bucket, Key: "a.py", Body: "by hand" });
  await s3.putObject({ Bucket: bucket, Key: "a.py", Body: "by hand again" });
  await s3.putObject({ Bucket: bucket, Key: "b.py", Body: "theirs" });
  await s3.putObject({ Bucket: bucket, Key: "b.py", Body: "theirs again" });
  const address = { kind: "s3.object", id: "a", name: objectName(bucket, "a.py") };
  const stranger = { ...address, name: objectName(bucket, "b.py") };
  const found = await object.read(ctx, [address, stranger]);
  expect(found.get(address.name)).toMatchObject({ owner: ctx.owner, tags: {}, props: { size: 13 } });
  expect(found.get(stranger.name)?.owner).toBeUndefined();
  const live = found.get(address.name);
  if (!live) throw new Error("gone");
  const tags = { "metriccare:owner": ctx.owner };
  const content = { load: async () => bytes("ours") };
  await send(object.update(ctx, { address, props, tags, live, content, changed: new Set(["sha256"]) }));
  expect((await object.read(ctx, [address])).get(address.name)).toMatchObject({ props, tags });
});
