import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobSection } from "../../../src/services/glue/section.ts";
import { job, jobCoverage } from "../../../src/services/glue/job.ts";
import { ATTRIBUTES } from "../../../src/services/glue/job-attributes.ts";
import { keptAttributes, liveAttributes, sentAttributes } from "../../../src/services/glue/job-table.ts";
import { glueTerraform } from "../../../src/services/glue/terraform.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { repository } from "../../harness/project.ts";

const folder = join(repository, "src/services/glue");
const filesThatSay = (word: RegExp): string[] =>
  readdirSync(folder).filter((file) => word.test(readFileSync(join(folder, file), "utf8")));

test("an attribute of a job is one row: nothing else of the source names it", () => {
  expect(filesThatSay(/\blogUri\b|\bLogUri\b/)).toEqual(["job-attributes.ts"]);
  const rows = readFileSync(join(folder, "job-attributes.ts"), "utf8");
  expect(rows.match(/word: "logUri"/g)).toHaveLength(1);
});

const ctx = { partition: "aws", account: "123456789012" } as AwsContext;
const LIVE = { Command: { Name: "glueetl" }, LogUri: "s3://b/logs/", JobMode: "VISUAL" as const };

test("schema, reading, sending, keeping and coverage follow from the row", () => {
  expect(jobSection.shape.logUri.safeParse("s3://b/logs/").success).toBe(true);
  const live = liveAttributes(LIVE, ctx);
  expect(live).toMatchObject({ command: "glueetl", logUri: "s3://b/logs/", maxConcurrentRuns: 1 });
  expect(sentAttributes(live)).toMatchObject({ LogUri: "s3://b/logs/", Command: { Name: "glueetl" } });
  const { logUri: _said, ...unsaid } = live;
  expect(sentAttributes(unsaid)).not.toHaveProperty("LogUri");
  expect(keptAttributes(LIVE, unsaid, new Set())).toEqual({ LogUri: "s3://b/logs/" });
  expect(keptAttributes(LIVE, unsaid, new Set(["logUri"]))).toEqual({});
  expect(jobCoverage.LogUri).toBe("managed");
});

test("every row has a key, a prop and a place in the documents of its own", () => {
  const words = ATTRIBUTES.map(({ word }) => word);
  expect(new Set(words).size).toBe(words.length);
  expect(new Set(ATTRIBUTES.map(({ prop }) => prop)).size).toBe(words.length);
  const said = Object.values(glueTerraform[0]?.arguments ?? {}).filter((place) => typeof place === "string");
  // Terraform has no word for it.
  const rows = words.filter((word) => word !== "logUri");
  expect(rows.filter((word) => !said.some((place) => place === word || place.startsWith(`${word}.`)))).toEqual([]);
  expect(Object.keys(job.fields ?? {}).toSorted()).toEqual(["connections", "jobMode"]);
});
