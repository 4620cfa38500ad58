import { expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { anyKind } from "../../../src/engine/index.ts";
import { notification } from "../../../src/services/s3/notification.ts";
import type { NotificationProps } from "../../../src/services/s3/props.ts";
import { keyOf, overlap } from "../../../src/services/s3/notification-entries.ts";
import { useEmulator } from "../../harness/use.ts";
import { makeBucket } from "../../kind-suite/cases/s3.ts";
import { readOne, send } from "../../kind-suite/drive.ts";
import { s3Client } from "../../../src/services/s3/client.ts";
import { bucketNameOf } from "../../../src/services/s3/arn.ts";

const used = useEmulator();
const arn = (name: string): string => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

/** The EventBridge switch is kept by the embedded AWS only; there it must survive as well. */
const theirs = {
  EventBridgeConfiguration: {},
  LambdaFunctionConfigurations: [
    { LambdaFunctionArn: arn("removed"), Id: "removed", Events: ["s3:ObjectRemoved:*" as const] },
    {
      Id: "theirs",
      LambdaFunctionArn: arn("theirs"),
      Events: ["s3:ObjectCreated:Put" as const],
      Filter: { Key: { FilterRules: [{ Name: "prefix" as const, Value: "other/" }] } },
    },
  ],
};

async function prepared(
  ctx: AwsContext,
): Promise<{ address: { kind: string; id: string; name: string }; props: NotificationProps }> {
  const name = bucketNameOf(ctx, "raw");
  await makeBucket(ctx, name);
  const s3 = await ctx.clients.of(s3Client);
  await s3.putBucketNotificationConfiguration({ Bucket: name, NotificationConfiguration: theirs });
  const entry = { targetArn: arn("ours"), events: ["s3:ObjectCreated:*"], prefix: "fhir/", suffix: "" };
  return { address: { kind: "s3.notification", id: "raw", name }, props: { bucket: name, entries: { raw: entry } } };
}

async function config(ctx: AwsContext, Bucket: string): Promise<unknown> {
  const { $metadata: _metadata, ...rest } = await (
    await ctx.clients.of(s3Client)
  ).getBucketNotificationConfiguration({ Bucket });
  return rest;
}

test("other people's entries are exactly as before after create, update and delete", async () => {
  const ctx = used.world();
  const { address, props } = await prepared(ctx);
  const before = await config(ctx, address.name);
  expect(await readOne(ctx, anyKind(notification), address)).toBeUndefined();
  await send(notification.create(ctx, { address, props, tags: {} }));
  expect(JSON.stringify(await config(ctx, address.name))).toContain('"removed"');
  const live = (await notification.read(ctx, [address])).get(address.name);
  expect(live).toMatchObject({ owner: ctx.owner, props });
  if (!live) throw new Error("gone");
  await send(notification.delete(ctx, address, live));
  expect(await config(ctx, address.name)).toEqual(before);
});

test("a foreign entry for the same events is found before anything is sent", async () => {
  const ctx = used.world();
  const { address, props } = await prepared(ctx);
  const around = (await notification.read(ctx, [address])).get(address.name)?.around;
  expect(notification.inspect?.(ctx, address, props, undefined, around)).toEqual([]);
  const wide = { ...props, entries: { raw: { ...props.entries["raw"]!, prefix: "" } } };
  expect(notification.inspect?.(ctx, address, wide, undefined, around)).toMatchObject([
    { code: "notification_overlap", level: "error", at: "s3.notification/raw" },
  ]);
});

test("overlap is prefix and suffix and event together", () => {
  const entry = (prefix: string, suffix: string, ...events: string[]) => ({ prefix, suffix, events });
  const created = "s3:ObjectCreated:*";
  expect(overlap(entry("a/", "", created), entry("a/b/", "", "s3:ObjectCreated:Put"))).toBe(true);
  expect(overlap(entry("a/", "", created), entry("b/", "", created))).toBe(false);
  expect(overlap(entry("a/", ".csv", created), entry("a/", ".json", created))).toBe(false);
  expect(overlap(entry("a/", ".gz", created), entry("", ".json.gz", created))).toBe(true);
  expect(overlap(entry("a/", "", created), entry("a/", "", "s3:ObjectRemoved:*"))).toBe(false);
});

test("an environment does not take another one's entries for its own", () => {
  const dev = { project: "p", env: "dev" };
  expect(keyOf(dev, "metriccare-p-dev-raw")).toBe("raw");
  expect(keyOf(dev, "metriccare-p-dev-2-raw")).toBeUndefined();
  expect(keyOf(dev, "metriccare-p-prod-raw")).toBeUndefined();
  expect(keyOf(dev, undefined)).toBeUndefined();
});
