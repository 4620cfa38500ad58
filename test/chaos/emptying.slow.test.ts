import { beforeEach, expect, test } from "vitest";
import type { S3 } from "@aws-sdk/client-s3";
import { keyDenied } from "../harness/faults/aws-like.ts";
import { worldAt } from "../harness/world.ts";
import { drawn, FULL } from "../harness/sample.ts";
import { APPLY, DESTROY, differences, useStage } from "./stage.ts";
import { s3Client } from "../../src/services/s3/client.ts";

const stage = useStage();
const Bucket = "metriccare-raw-dev-123456789012-us-east-1";
let s3: S3;
let before: Readonly<Record<string, string>>;

beforeEach(async () => {
  await stage.empty();
  before = await stage.inventory();
  expect((await stage.run(APPLY)).code).toBe(0);
  s3 = await worldAt({ endpoint: stage.emulator.endpoint }).clients.of(s3Client);
});

async function versions(count: number, keys: number): Promise<void> {
  for (let done = 0; done < count; done += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, count - done) }, (_, index) =>
        s3.putObject({ Bucket, Key: `fhir/${(done + index) % keys}.ndjson`, Body: String(done + index) }),
      ),
    );
}

const MANY = FULL ? 5000 : 1200;

test.runIf(drawn("many versions"))(
  `${MANY} versions of five hundred files go, a thousand a call, and are counted`,
  async () => {
    await versions(MANY, 500);
    const kept = await stage.run(["destroy", "--env", "dev", "--yes"]);
    expect(kept.code, kept.text).toBe(0);
    expect(kept.text).toMatch(/holds \d+ objects/);
    const gone = await stage.run(DESTROY);
    expect(gone.code, gone.text).toBe(0);
    expect(
      stage.proxy.log.filter(({ call }) => call.operation === "DeleteObjects" && call.path.includes("-raw-")),
    ).toHaveLength(Math.ceil(MANY / 1000));
    expect(gone.text).toContain(`${MANY.toLocaleString("en")} versions deleted`);
    expect(differences(before, await stage.inventory())).toEqual([]);
  },
);

test.runIf(drawn("a bucket with nothing but delete markers"))("a bucket with nothing but delete markers", async () => {
  await versions(20, 20);
  const { Versions = [] } = await s3.listObjectVersions({ Bucket });
  for (const { Key } of Versions) await s3.deleteObject({ Bucket, Key });
  for (const { Key, VersionId } of Versions) await s3.deleteObject({ Bucket, Key, VersionId });
  const gone = await stage.run(DESTROY);
  expect(gone.code, gone.text).toBe(0);
  expect(differences(before, await stage.inventory())).toEqual([]);
});

test.runIf(drawn("a key that may not be deleted"))(
  "a key that may not be deleted is named, the others are gone",
  async () => {
    await versions(30, 30);
    const refused = await stage.run(DESTROY, keyDenied("fhir/7.ndjson"));
    expect(refused.code, refused.text).toBe(1);
    expect(refused.text).toContain("fhir/7.ndjson");
    expect(refused.text).toMatch(/AccessDenied|access_denied/);
    expect(((await s3.listObjectVersions({ Bucket })).Versions ?? []).map(({ Key }) => Key)).toEqual(["fhir/7.ndjson"]);
    const gone = await stage.run(DESTROY);
    expect(gone.code, gone.text).toBe(0);
  },
);

test.runIf(drawn("somebody keeps writing"))(
  "somebody keeps writing: it ends, and says after how many passes",
  async () => {
    await versions(5, 5);
    let written = 0;
    const refused = await stage.run(DESTROY, {
      name: "a writer",
      after: async (call) => {
        if (call.operation === "DeleteObjects" && call.path.includes("-raw-"))
          await s3.putObject({ Bucket, Key: `fhir/new-${(written += 1)}.ndjson`, Body: "x" });
        return undefined;
      },
    });
    expect(refused.code, refused.text).toBe(1);
    expect(refused.text).toMatch(/still not empty after \d+ passes/);
    expect(written).toBeLessThan(50);
    const gone = await stage.run(DESTROY);
    expect(gone.code, gone.text).toBe(0);
  },
);

test.runIf(drawn("unfinished uploads go"))("unfinished uploads go as well", async () => {
  await s3.createMultipartUpload({ Bucket, Key: "fhir/half.ndjson" });
  const gone = await stage.run(DESTROY);
  expect(gone.code, gone.text).toBe(0);
  expect(differences(before, await stage.inventory())).toEqual([]);
});
