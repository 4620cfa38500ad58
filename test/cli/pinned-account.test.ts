import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InProcess } from "../harness/in-process.ts";
import { type MotoProject, motoProject } from "../harness/moto-project.ts";

/** A config that says which account it lives in is compiled while AWS is asked who we are; nothing is sent before the answer. */
const MOTO = "123456789012";
let moto: MotoProject;
beforeAll(async () => {
  moto = await motoProject();
});
afterAll(() => moto?.stop());

const pin = (account: string, more = ""): void =>
  writeFileSync(join(moto.dir, "config", "pinned.yaml"), `aws: {account: "${account}", region: us-east-1}\n${more}`);
const run = (...argv: string[]): Promise<InProcess> => moto.run(...argv, "--env", "pinned", "--json");
const sent = ({ calls }: InProcess): string[] => calls.map(({ service, operation }) => `${service}:${operation}`);

describe("credentials of another account than the pinned one", () => {
  test.each([["diff"], ["apply", "--yes"], ["destroy", "--yes", "--include-data"]])(
    "%s asks who we are, and no more",
    async (...argv) => {
      pin("999999999999");
      const ran = await run(...argv);
      expect(ran.code, ran.out + ran.err).toBe(64);
      expect(sent(ran)).toEqual(["sts:GetCallerIdentity"]);
      expect(ran.out + ran.err).toContain(
        `pinned to account 999999999999, but the credentials in use belong to account ${MOTO}`,
      );
      expect(ran.out + ran.err).toMatch(/config\/pinned\.yaml:1:\d+/);
    },
  );
});

test("what was compiled ahead is what is made", async () => {
  pin(MOTO, 'tags: {Place: "${account}/${region}/${partition}"}\n');
  expect((await run("apply", "--yes")).code).toBe(0);
  const again = await run("diff", "--exit-code");
  expect(again.code, again.out).toBe(0);
  // The same place, told by the credentials alone.
  writeFileSync(join(moto.dir, "config", "pinned.yaml"), 'tags: {Place: "${account}/${region}/${partition}"}\n');
  const told = await run("diff", "--exit-code");
  expect(told.code, told.out).toBe(0);
});

describe("a file that cannot be read", () => {
  const TOLD = "glue-scripts/metriccare_etl/nowhere.py is a link to what does not exist";
  const folder = (): string => join(moto.dir, "glue-scripts", "metriccare_etl");
  beforeEach(() => {
    pin(MOTO);
    symlinkSync(join(moto.dir, "nothing"), join(folder(), "nowhere.txt"));
    symlinkSync(join(moto.dir, "nothing"), join(folder(), "nowhere.py"));
  });
  afterEach(() => {
    for (const name of ["nowhere.txt", "nowhere.py"]) rmSync(join(folder(), name));
  });

  test.each([["diff"], ["apply", "--yes"], ["destroy", "--yes"]])(
    "%s tells of it, and asks no more",
    async (...argv) => {
      const ran = await run(...argv);
      expect(ran.code, ran.out + ran.err).toBe(64);
      expect(ran.out + ran.err).toContain("source_missing");
      expect(ran.out + ran.err).toContain(TOLD);
      expect(sent(ran)).toEqual(["sts:GetCallerIdentity"]);
    },
  );

  test("validate tells of it, too", async () => {
    const ran = await run("validate");
    expect(ran.code, ran.out + ran.err).toBe(64);
    expect(ran.out + ran.err).toContain("source_missing");
    expect(ran.out + ran.err).toContain(TOLD);
    expect(sent(ran)).toEqual([]);
  });
});
