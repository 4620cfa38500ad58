import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

const run = (...words: string[]): ReturnType<typeof inProcess> => inProcess(folder.dir, [...words, "--env", "dev"]);

test.each([
  [["--map", "key=filename"], "`--from` says which table has the history"],
  [["--from", "old"], "`--map key=…` says how the key of an object is made"],
  [["--from", "old", "--map", "kye=filename"], "Did you mean `key`?"],
  [["--from", "old", "--map", "key="], "names none of their attributes"],
  [["--from", "old", "--map", "filename"], "Expected key=value"],
])("ledger import %j is told what it lacks, before anything is asked of AWS", async (words, said) => {
  const ran = await run("ledger", "import", ...words);
  expect(ran.code, ran.err).toBe(64);
  expect(ran.err).toContain(said);
});

const place = ["--account", "123456789012", "--region", "eu-central-1"];
const policy = async (...words: string[]): Promise<{ Statement: { Action: unknown; Resource: unknown }[] }> => {
  const ran = await run("iam-policy", ...words, ...place, "--json");
  expect(ran.code, ran.err).toBe(0);
  return JSON.parse(ran.out) as { Statement: { Action: unknown; Resource: unknown }[] };
};

test("an operator may read the other table where he is given it, and nothing of it else", async () => {
  const scans = async (...words: string[]) =>
    (await policy("operator", ...words)).Statement.filter(({ Action }) =>
      JSON.stringify(Action).includes("dynamodb:Scan"),
    );
  expect(await scans()).toEqual([]);
  const arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/old_ledger";
  const statement = { Effect: "Allow", Action: "dynamodb:Scan", Resource: arn };
  expect(await scans("--import-from", "old_ledger")).toEqual([statement]);
  expect(await scans("--import-from", arn)).toEqual([statement]);
  const reader = await run("iam-policy", "reader", ...place, "--import-from", "old");
  expect([reader.code, reader.err]).toEqual([64, expect.stringContaining("for the operator")]);
});
