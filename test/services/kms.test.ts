import { KMS } from "@aws-sdk/client-kms";
import { describe, expect, test } from "vitest";
import { diffProps } from "../../src/engine/diff.ts";
import type { Desired, FieldRule } from "../../src/engine/types.ts";
import { policyOf } from "../../src/lakehouse/access/policy.ts";
import { byKey, kinds } from "../../src/lakehouse/index.ts";
import { motoProject } from "../harness/moto-project.ts";
import { awsError, stubContext } from "../operate/support.ts";
import { load, project, scopeOf } from "./compile/project.ts";

/** A key has four names, and services answer another one than they were given: no name of the same key is a difference. */
const KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";
const BASE = "arn:aws:kms:us-east-1:123456789012:";
const NAMES = { alias: "alias/clinic", aliasArn: `${BASE}alias/clinic`, id: KEY, arn: `${BASE}key/${KEY}` } as const;
const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
const OTHER = `${BASE}key/99999999-12ab-34cd-56ef-1234567890ab`;

const world = (asked: string[] = [], answer: () => unknown = () => ({ KeyMetadata: { Arn: NAMES.arn } })) =>
  stubContext({ kms: { describeKey: ({ KeyId }: { KeyId: string }) => (asked.push(KeyId), answer()) } });

const KEYED = [
  ["s3.bucket", "kmsKey"],
  ["sns.topic", "kmsKey"],
  ["logs.group", "kmsKey"],
  ["lambda.function", "kmsKey"],
  ["dynamodb.table", "encryption"],
  ["sqs.queue", "encryption"],
] as const;

/** What a resource without a key says. */
const NONE: Readonly<Record<string, string>> = { "dynamodb.table": "owned", "sqs.queue": "sqs" };

const of = (kind: string, prop: string, value: unknown): Desired => ({
  address: { kind, id: "x", name: "x" },
  props: { [prop]: value },
  tags: {},
});

async function differs(kind: string, prop: string, wanted: string, live: string | null): Promise<boolean> {
  const { kinds: keyed, desired } = await byKey(world(), kinds, [of(kind, prop, wanted)]);
  const rules = keyed.find((one) => one.name === kind)?.fields as Record<string, FieldRule>;
  return diffProps({ [prop]: live }, desired[0]?.props ?? {}, rules).length > 0;
}

/** A config without an alias asks nobody: that somebody set an alias by hand is a change, which apply takes back once. */
const namesOf = (wanted: string): readonly string[] =>
  Object.values(NAMES).filter((live) => wanted.includes("alias/") || !live.includes("alias/"));

describe.each(KEYED)("%s", (kind, prop) => {
  test.each(Object.entries(NAMES))(
    "declared by its %s: every name of that key is no difference",
    async (_how, wanted) => {
      for (const live of namesOf(wanted)) expect(await differs(kind, prop, wanted, live), live).toBe(false);
    },
  );
  test.each(Object.entries(NAMES))("declared by its %s: another key is one, and so is none", async (_how, wanted) => {
    for (const live of [OTHER, "alias/other", NONE[kind] ?? null])
      expect(await differs(kind, prop, wanted, live), String(live)).toBe(true);
  });
});

test("Lambda and CloudWatch Logs get the key's ARN, which is all that they take; the others what was written", async () => {
  const all = KEYED.map(([kind, prop]) => of(kind, prop, NAMES.alias));
  const { desired } = await byKey(world(), kinds, all);
  expect(desired.map(({ address, props }) => [address.kind, Object.values(props)[0]])).toEqual([
    ["s3.bucket", NAMES.alias],
    ["sns.topic", NAMES.alias],
    ["logs.group", NAMES.arn],
    ["lambda.function", NAMES.arn],
    ["dynamodb.table", NAMES.alias],
    ["sqs.queue", NAMES.alias],
  ]);
});

test("KMS is asked once an alias, and never without one", async () => {
  const asked: string[] = [];
  await byKey(world(asked), kinds, [of("s3.bucket", "kmsKey", NAMES.alias), of("sns.topic", "kmsKey", NAMES.alias)]);
  expect(asked).toEqual([NAMES.alias]);
  asked.length = 0;
  const plain = [
    of("s3.bucket", "kmsKey", null),
    of("s3.bucket", "kmsKey", NAMES.arn),
    of("s3.bucket", "kmsKey", NAMES.id),
    of("dynamodb.table", "encryption", "owned"),
    of("glue.job", "kmsKey", NAMES.alias),
  ];
  const { findings } = await byKey(world(asked), kinds, plain);
  expect([asked, findings]).toEqual([[], []]);
  // Nobody has a key: the kinds are those that there are.
  expect((await byKey(world(asked), kinds, [of("s3.bucket", "kmsKey", null)])).kinds).toBe(kinds);
});

test("an alias that is not there is told; AWS's own comes when it is first used; what may not be asked is a note", async () => {
  const refuse = (name: string) => world([], () => Promise.reject(awsError(name)));
  const found = async (name: string, alias: string) =>
    (await byKey(refuse(name), kinds, [of("s3.bucket", "kmsKey", alias)])).findings;
  expect(await found("NotFoundException", NAMES.alias)).toMatchObject([
    { code: "kms_alias", level: "warning", at: "s3.bucket/x", text: `no KMS key has the alias ${NAMES.aliasArn}` },
  ]);
  expect(await found("NotFoundException", "alias/aws/s3")).toEqual([]);
  expect(await found("AccessDeniedException", NAMES.alias)).toMatchObject([
    { code: "kms_alias_unread", level: "note" },
  ]);
  await expect(found("KMSInternalException", NAMES.alias)).rejects.toThrow("KMSInternalException");
});

test.each(["deployer", "reader"] as const)("a %s may ask about every alias of the config", (audience) => {
  const folder = project({
    "config/mine.yaml": [
      "alerts: { kmsKeyId: alias/topic }",
      "function: { kmsKeyArn: alias/function }",
      "logs: { kmsKeyId: alias/logs }",
      "buckets: { raw: { encryption: { algorithm: aws:kms, kmsKeyId: alias/raw } } }",
      "",
    ].join("\n"),
  });
  try {
    const config = load({ dir: folder.dir, env: "mine" });
    const { Statement } = policyOf(config, scopeOf("mine"), [], audience);
    const asking = Statement.filter(({ Action }) => [Action].flat().includes("kms:DescribeKey"));
    const aliases = asking.flatMap(({ Condition }) =>
      Object.values(Condition?.["ForAnyValue:StringEquals"] ?? {}).flat(),
    );
    expect(aliases.toSorted()).toEqual(
      expect.arrayContaining(["alias/function", "alias/logs", "alias/raw", "alias/topic"]),
    );
  } finally {
    folder.remove();
  }
});

test("applied under aliases, the next diff is empty", async () => {
  const moto = await motoProject();
  try {
    const kms = new KMS({ region: "us-east-1", endpoint: moto.emulator.endpoint, credentials: CREDENTIALS });
    const { KeyMetadata } = await kms.createKey({});
    await kms.createAlias({ AliasName: "alias/clinic", TargetKeyId: KeyMetadata?.KeyId });
    moto.config(
      [
        "ledger: { kmsKeyId: alias/clinic }",
        "alerts: { kmsKeyId: alias/clinic }",
        "queues: { undelivered: { kmsKeyId: alias/clinic } }",
        "function: { kmsKeyArn: alias/clinic }",
        "logs: { kmsKeyId: alias/clinic }",
        "buckets: { raw: { encryption: { algorithm: aws:kms, kmsKeyId: alias/clinic } } }",
        "",
      ].join("\n"),
    );
    const applied = await moto.run("apply", "--env", "dev", "--yes");
    expect(applied.code, applied.err).toBe(0);
    const made = applied.calls.find(({ operation }) => operation === "CreateFunction");
    expect(made?.input).toMatchObject({ KMSKeyArn: KeyMetadata?.Arn });
    const groups = applied.calls.filter(({ operation }) => operation === "CreateLogGroup");
    expect(groups.map(({ input }) => input)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ kmsKeyId: KeyMetadata?.Arn })),
    );
    const { calls, code, out, err } = await moto.run("diff", "--env", "dev", "--exit-code");
    expect(code, out + err).toBe(0);
    expect(calls.filter(({ operation }) => operation === "DescribeKey")).toHaveLength(1);
  } finally {
    await moto.stop();
  }
}, 60_000);
