import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compare } from "../../src/cli/commands/config-diff.ts";
import { inProcess } from "../harness/in-process.ts";
import { project } from "../services/compile/project.ts";

let folder: ReturnType<typeof project>;
beforeAll(() => {
  folder = project();
});
afterAll(() => folder.remove());

describe("config diff", () => {
  test("names what two environments say differently, in JSON and for people", async () => {
    const ran = await inProcess(folder.dir, ["config", "diff", "dev", "prod", "--json"]);
    expect(ran.code, ran.err).toBe(0);
    expect(ran.calls).toEqual([]);
    const { differences } = JSON.parse(ran.out) as { differences: { path: string; left: unknown; right: unknown }[] };
    expect(differences).toContainEqual({ path: "ledger.billing", left: "provisioned", right: "on-demand" });
    const text = await inProcess(folder.dir, ["config", "diff", "dev", "prod", "--exit-code"]);
    expect(text.code).toBe(2);
    expect(text.out).toMatch(/ledger\.billing\s+"provisioned"\s+"on-demand"/);
  });

  test("the same environment says the same", async () => {
    const ran = await inProcess(folder.dir, ["config", "diff", "dev", "dev", "--exit-code"]);
    expect([ran.code, ran.out]).toEqual([0, "dev and dev say the same.\n"]);
  });

  test("an unknown environment is bad usage", async () => {
    expect((await inProcess(folder.dir, ["config", "diff", "dev", "nowhere", "--json"])).code).toBe(64);
    expect((await inProcess(folder.dir, ["config", "diff", "dev"])).code).toBe(64);
  });

  test("maps differ leaf by leaf, lists as a whole, order of keys says nothing", () => {
    expect(compare({ a: { x: 1, "b.c": 2 }, l: [1, { p: 1, q: 2 }] }, { l: [1, { q: 2, p: 1 }], a: { x: 2 } })).toEqual(
      [
        { path: "a.x", left: 1, right: 2 },
        { path: 'a."b.c"', left: 2, right: undefined },
      ],
    );
    expect(compare({}, { job: { name: "n", tags: {} } })).toEqual([
      { path: "job.name", left: undefined, right: "n" },
      { path: "job.tags", left: undefined, right: {} },
    ]);
    expect(compare({ l: [1, 2] }, { l: [2, 1] })).toHaveLength(1);
  });
});
