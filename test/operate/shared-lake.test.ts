import { afterAll, beforeAll, expect, test } from "vitest";
import { wired } from "../../src/operate/doctor/check.ts";
import { eventChecks } from "../../src/operate/doctor/files.ts";
import { readMeasures } from "../../src/operate/measures/read.ts";
import { load, project } from "../services/compile/project.ts";
import { awsError, stubContext } from "./support.ts";

/** One bucket for everything that has data: what is said of it names the bucket as the config does. */
let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project({
    "config/dev.yaml": "buckets: { lake: {} }\nfunction: { events: { bucket: lake, prefix: raw/ } }\n",
  });
});
afterAll(() => folder.remove());

test("doctor says which notification to apply", async () => {
  const ctx = stubContext({ s3: { getBucketNotificationConfiguration: () => ({}) } });
  const config = load({ dir: folder.dir, env: "dev" });
  const checks = await eventChecks(ctx, wired(config, ctx));
  expect(checks.map(({ fix }) => fix)).toEqual([expect.stringContaining("s3.notification/lake")]);
});

test("a bucket that is not there is named without the prefix", async () => {
  const ctx = stubContext({
    s3: {
      listObjectsV2: () => {
        throw awsError("NoSuchBucket", "The specified bucket does not exist", 404);
      },
    },
  });
  await expect(readMeasures(ctx, { bucket: "lake/gold" })).rejects.toThrow(/bucket lake (?!\/)/);
});
