import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

let moto: MotoProject;
let gold: string;

const line = (run_id: string, more: object): string =>
  JSON.stringify({
    run_id,
    checked_at: "2026-11-30T08:00:00Z",
    basis: "b",
    check: "dates",
    dataset: "encounter",
    level: "warning",
    status: "passed",
    count: 0,
    total: 300,
    text: "none of 300",
    ...more,
  });

const put = (name: string, ...lines: readonly string[]) =>
  new S3({ forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" }).putObject({
    Bucket: gold,
    Key: `quality/${name}.json`,
    Body: `${lines.join("\n")}\n`,
  });

beforeAll(async () => {
  moto = await motoProject();
  const { buckets } = JSON.parse((await moto.run("outputs", "--env", "dev", "--json")).out) as {
    buckets: { gold: { name: string } };
  };
  gold = buckets.gold.name;
}, 60_000);
afterAll(() => moto?.stop());

test("the newest run's results are shown, and an error is exit 1", async () => {
  const before = await moto.run("quality", "--env", "dev");
  expect([before.code, before.out]).toEqual([0, expect.stringContaining("No run has checked the data yet.")]);
  expect(before.err).toContain("no run has checked references, dates");

  await new S3({ forcePathStyle: true }).createBucket({ Bucket: gold });
  const bad = { check: "order", status: "failed", count: 3, text: "3 of 300 end before they start" };
  await put("20261130T070000Z_wr_1", line("wr_1", { ...bad, level: "error" }));
  const failed = await moto.run("quality", "--env", "dev");
  expect(failed.code).toBe(1);
  expect(failed.out).toContain("order/encounter");
  expect(failed.out).toContain("3 of 300 end before they start");

  await put("20261130T080000Z_wr_2", line("wr_2", {}), line("wr_2", bad), "no JSON");
  const warned = await moto.run("quality", "--env", "dev", "--json");
  expect(warned.code).toBe(0);
  const rows = warned.out.split("\n").filter(Boolean);
  expect(rows.map((one) => JSON.parse(one) as unknown)).toEqual([
    {
      run_id: "wr_2",
      checked_at: "2026-11-30T08:00:00Z",
      check: "dates",
      dataset: "encounter",
      level: "warning",
      status: "passed",
      count: 0,
      total: 300,
      text: "none of 300",
    },
    expect.objectContaining({ check: "order", status: "failed" }),
  ]);
  const some = await moto.run("quality", "--env", "dev", "--failed", "--json");
  expect(some.out.split("\n").filter(Boolean)).toHaveLength(1);
  const people = await moto.run("quality", "--env", "dev", "--failed");
  expect(people.out).not.toContain("dates/encounter");
  expect(people.out).toContain("1 of 2 passed, 0 of level error and 1 of level warning failed");
});
