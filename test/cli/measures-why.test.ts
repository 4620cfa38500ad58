import { afterAll, beforeAll, expect, test } from "vitest";
import type { PolicyDocument } from "../../src/services/iam/props.ts";
import { inProcess } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

/** `measures --why` on the command line, without AWS. */
let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

const place = ["--env", "dev", "--account", "123456789012", "--region", "eu-central-1"];
const run = (...words: string[]): ReturnType<typeof inProcess> => inProcess(folder.dir, words);

async function silverOf(...words: string[]): Promise<string[]> {
  const document = JSON.parse((await run("iam-policy", ...words, ...place, "--json")).out) as PolicyDocument;
  return document.Statement.filter(({ Action = [] }) => [Action].flat().includes("s3:GetObject"))
    .flatMap(({ Resource = [] }) => Resource)
    .filter((arn) => /silver-dev-[^/]*\/(?:(?:stays|encounter|encounter_deleted)\/)?\*$/.test(arn));
}

test("the right to single stays is in the operator's policy where it is asked for, and in no other", async () => {
  for (const audience of ["deployer", "operator", "reader"]) expect(await silverOf(audience)).toEqual([]);
  const bucket = "arn:aws:s3:::metriccare-silver-dev-123456789012-eu-central-1";
  expect(await silverOf("operator", "--why")).toEqual([
    `${bucket}/encounter/*`,
    `${bucket}/encounter_deleted/*`,
    `${bucket}/stays/*`,
  ]);
  // Whoever may forget reads all of Silver anyway.
  expect(await silverOf("operator", "--why", "--forget")).toEqual([`${bucket}/*`]);
  const reader = await run("iam-policy", "reader", ...place, "--why");
  expect([reader.code, reader.err]).toEqual([64, expect.stringContaining("for the operator")]);
});

test("what it cannot be together with is told before AWS is asked, and never with the id", async () => {
  const wrong = [
    ["--publishable"],
    ["--explain"],
    ["--measure", "hai"],
    ["--cohort", "all"],
    ["--facility", "f"],
    ["--period", "2024"],
    ["--by", "year"],
    ["--format", "csv"],
    ["--format", "parquet", "--out", "x.parquet"],
    ["--format", "measure-report"],
    ["--out", "x.txt"],
  ];
  for (const more of wrong) {
    const told = await run("measures", "--env", "dev", "--why", "secret-1", ...more);
    expect([told.code, told.calls.length], more.join(" ")).toEqual([64, 0]);
    expect(told.err, more.join(" ")).toMatch(/--why/);
    expect(told.out + told.err).not.toContain("secret");
  }
  const patient = await run("measures", "--env", "dev", "--why", "Patient/secret-1", "--json");
  expect([patient.code, patient.out + patient.err]).toEqual([64, expect.not.stringContaining("secret")]);
});
