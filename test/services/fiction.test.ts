import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PartialFailure } from "../../src/aws/faults.ts";
import { scopeOf } from "./compile/project.ts";

const LIST = "../../src/services/list.ts";
beforeAll(() => {
  vi.resetModules();
  vi.doMock(LIST, async (load) => {
    const { list } = await load<{ list: readonly unknown[] }>();
    return { list: [...list, (await import("./fiction.ts")).parcels] };
  });
});
// Files of the unit suite share a process.
afterAll(() => {
  vi.doUnmock(LIST);
  vi.resetModules();
});

const CONFIG = {
  project: "acme",
  pipeline: "none",
  roles: { post: {} },
  queues: { lost: {} },
  parcels: { gift: { weight: 2, carrier: "post", undeliverable: "lost" } },
};
type Written = Record<string, unknown>;

/** The layers above, loaded with the longer list. */
const loaded = async () => ({
  ...(await import("../../src/lakehouse/schema.ts")),
  ...(await import("../../src/lakehouse/check/index.ts")),
  ...(await import("../../src/lakehouse/compile.ts")),
  ...(await import("../../src/lakehouse/expand.ts")),
  ...(await import("../../src/lakehouse/index.ts")),
  ...(await import("../../src/lakehouse/naming.ts")),
  ...(await import("../../src/lakehouse/access/policy.ts")),
  ...(await import("../../src/services/index.ts")),
});
const scope = { ...scopeOf("dev"), project: "acme", account: "123456789012", region: "us-east-1" };
const ARN = "arn:aws:parcel:us-east-1:123456789012:parcel/acme_gift_dev";
const messages = async (more: Written): Promise<string[]> => {
  const { lakehouseSchema, check } = await loaded();
  const parsed = lakehouseSchema.safeParse({ ...CONFIG, ...more });
  if (!parsed.success) return parsed.error.issues.map(({ message }) => message);
  return check(parsed.data, { env: "dev", projectDir: "." }).map(({ message }) => message);
};
const configured = async () => (await loaded()).lakehouseSchema.parse(CONFIG);

test("its section is part of the schema: defaults, limits, no other words", async () => {
  expect((await configured()) as object).toMatchObject({ parcels: { gift: { weight: 2, tags: {} } } });
  expect(await messages({})).toEqual([]);
  expect(await messages({ parcels: { gift: { weight: 31, carrier: "post" } } })).toHaveLength(1);
  expect((await messages({ parcels: { gift: { heavy: true, carrier: "post" } } }))[0]).toMatch(/heavy/);
});

test("its names and ARNs are computed, must fit and must differ", async () => {
  const { namesOf } = await loaded();
  expect(namesOf(await configured(), scope).named("parcels", "gift")).toEqual({ name: "acme_gift_dev", arn: ARN });
  const twice = { a: { name: "same", carrier: "post" }, b: { name: "same", carrier: "post" } };
  expect((await messages({ parcels: twice })).join()).toMatch(/same/);
  expect((await messages({ parcels: { gift: { name: "Two Words", carrier: "post" } } })).join()).toMatch(
    /letters and _/,
  );
});

test("what it refers to must be there", async () => {
  expect((await messages({ parcels: { gift: { carrier: "pst" } } })).join()).toMatch(/there is no role `pst`/);
});

test("it becomes resources, in the plain config and in the outputs", async () => {
  const { compile, expanded, outputs } = await loaded();
  const config = await configured();
  const { desired } = await compile(config, scope, ".");
  expect(desired.find(({ address }) => address.kind === "parcel.parcel")).toMatchObject({
    address: { id: "gift", name: "acme_gift_dev" },
    props: { weight: 2, roleArn: "arn:aws:iam::123456789012:role/acme_post_dev" },
    tags: { Project: "acme" },
  });
  expect(expanded(config, scope)).toMatchObject({ parcels: { gift: { weight: 2 } } });
  expect(outputs(config, scope)).toMatchObject({ parcels: { gift: { arn: ARN } } });
});

test("roles that it uses may be used by it, and may what it says", async () => {
  const { declaredRights, expand } = await loaded();
  const config = await configured();
  expect(declaredRights(config, scope).get("post")).toEqual([
    expect.objectContaining({ Sid: "ReturnParcels", Resource: ["arn:aws:sqs:us-east-1:123456789012:acme_lost_dev"] }),
  ]);
  expect(expand(config, scope).roles["post"]?.services).toEqual(["parcel.amazonaws.com"]);
});

test("a deployer may make it, and hand its role on; a config without it grants nothing of it", async () => {
  const { kindGrants, kinds, lakehouseSchema, policyOf } = await loaded();
  const granted = async (config: Awaited<ReturnType<typeof configured>>): Promise<string> =>
    JSON.stringify(policyOf(config, scope, kindGrants(kinds, "deployer"), "deployer").Statement);
  const text = await granted(await configured());
  expect(text).toContain("parcel:CreateParcel");
  expect(text).toContain('"arn:aws:parcel:us-east-1:123456789012:parcel/acme_*_dev"');
  expect(text).toContain('"iam:PassedToService":"parcel.amazonaws.com"');
  expect(await granted(lakehouseSchema.parse({ ...CONFIG, parcels: {} }))).not.toContain("parcel:");
});

test("its errors, codes and words in logs are known", async () => {
  const { classify } = await import("../../src/services/faults.ts");
  const { FAMILIES } = await import("../../src/services/codes.ts");
  const { OPERATIONS, SERVICES } = await import("../../src/operate/safe/words.ts");
  const lost = new PartialFailure("ParcelLostException", "gone");
  expect(classify(lost, { name: "parcel:GetParcel", touched: new Set() }).class).toBe("absent");
  expect(FAMILIES.flatMap(({ codes }) => Object.keys(codes))).toContain("parcel_heavy");
  expect([OPERATIONS.has("SendParcel"), SERVICES.has("parcel")]).toEqual([true, true]);
});

test("the documents have it", async () => {
  const { configDocuments } = await import("../../scripts/docs/config.ts");
  const { coverageDocuments } = await import("../../scripts/docs/coverage.ts");
  const text = [...configDocuments, ...coverageDocuments].map((one) => one.text("")).join("\n");
  expect(text).toContain("gift: {weight: 2, carrier: post}");
  expect(text).toMatch(
    /\| `parcels\.<id>\.weight` \| whole number 1 to 30 \| `1` \| `WeightInKilograms` \| `aws_parcel\.weight`/,
  );
  expect(text).toContain("## parcel\n");
});
