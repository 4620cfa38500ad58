import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLedger, fileItem } from "../harness/ledger.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** What `ledger stats` says about the price of its reading: nothing while DynamoDB has not counted yet (it does so every six hours). */
let moto: MotoProject;
const TableName = "metriccare_processed_files_dev";

beforeAll(async () => {
  moto = await motoProject();
  await createLedger(new DynamoDB({}), TableName);
}, 60_000);
afterAll(() => moto?.stop());

test("no number of items is told while DynamoDB says 0; then about how many there were", async () => {
  const young = await moto.run("ledger", "stats", "--env", "dev");
  expect(young.code, young.err).toBe(0);
  expect(young.out).toContain("0 files");
  expect(young.err).not.toContain("items");
  await new DynamoDB({}).putItem({
    TableName,
    Item: fileItem({ bucket: "raw", key: "x", ms: 1, receivedAt: "2024-05-01T10:00:00.000Z" }),
  });
  const old = await moto.run("ledger", "stats", "--env", "dev");
  expect(old.err).toContain("Reading the whole ledger, which had about 1 items when DynamoDB last counted");
});
