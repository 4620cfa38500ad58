import { describe, expect, test } from "vitest";
import { cutAt } from "../harness/faults/network.ts";
import { FOREIGN_PARTS, KEPT_PARTS, seedForeignParts } from "./foreign.ts";
import type { Inventory } from "./inventory.ts";
import { APPLY, chosen, DESTROY, differences, FULL, type Stage, TEN, useStage } from "./stage.ts";

const stage = useStage();

interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  /** What other people's parts of our resources look like where those resources stay. */
  readonly theirs: readonly string[];
  /** Brings the account to where the cut run begins. */
  prepare(stage: Stage): Promise<void>;
}

const applied = async (): Promise<void> => {
  const made = await stage.run(APPLY);
  if (made.code !== 0) throw new Error(made.text);
  await seedForeignParts(stage.emulator.endpoint);
};

const SCENARIOS: readonly Scenario[] = [
  { name: "apply from empty", args: APPLY, theirs: [], prepare: () => stage.empty() },
  {
    name: "an update of ten attributes",
    args: APPLY,
    theirs: FOREIGN_PARTS,
    prepare: async () => {
      await stage.empty();
      await applied();
      stage.cli.write("config/dev.yaml", TEN);
    },
  },
  {
    name: "destroy",
    args: DESTROY,
    theirs: KEPT_PARTS,
    prepare: async () => {
      await stage.empty();
      await applied();
    },
  },
];

/** More calls than any of the three makes: a cut that is never reached is a run without one, and passes as such. */
const MOST = 480;
const CASES = Array.from({ length: MOST }, (_, index) => index + 1).flatMap((k) =>
  (["before", "half", "after"] as const).map((when) => ({ k, when })),
);

describe.each(SCENARIOS)("cut off by SIGKILL: $name", ({ name, args, theirs, prepare }) => {
  let clean: Inventory | undefined;
  let calls = MOST;

  test("a clean run, to compare with", async () => {
    await prepare(stage);
    const ran = await stage.run(args);
    expect(ran.text, ran.text).not.toMatch(/error/);
    expect(ran.code).toBe(0);
    calls = stage.proxy.calls;
    clean = await stage.inventory();
    for (const part of theirs) expect(Object.values(clean).join()).toContain(part);
    const again = await stage.run(args);
    expect(again.code, again.text).toBe(0);
    expect(stage.proxy.changes.map(({ call }) => call.operation)).toEqual([]);
  });

  test.each(chosen(CASES, 2, name.length))("$when call $k of 480", async ({ k: wanted, when }) => {
    // The whole goes through them one by one, a sample is spread over those that there are.
    const k = FULL ? wanted : Math.max(1, Math.ceil((wanted * calls) / MOST));
    if (k > calls + 20) return;
    await prepare(stage);
    await stage.proxy.quiet();
    const { proxy, cli } = stage;
    const killed = { kill: (): void => undefined };
    const rule = cutAt(k, when, () => killed.kill());
    await stage.run(["--version"], rule);
    const first = cli.start(proxy.endpoint, args);
    killed.kill = () => void first.process.kill("SIGKILL");
    await first.ended;

    const second = await stage.run(args);
    expect(second.code, second.text).toBe(0);
    const third = await stage.run(args);
    expect(third.code, third.text).toBe(0);
    expect(
      proxy.changes.map(({ call }) => call.operation),
      third.text,
    ).toEqual([]);
    expect(differences(clean ?? {}, await stage.inventory())).toEqual([]);
  });
});
