import { expect, test } from "vitest";
import { noise } from "../harness/faults/network.ts";
import { chosen, drawn, SEED } from "../harness/sample.ts";
import { APPLY, DESTROY, differences, strangersOf, useStage } from "./stage.ts";

const stage = useStage();

/** Twenty fixed seeds are the whole; a sample takes one that is new each time. */
const ALL = Array.from({ length: 20 }, (_, index) => index + 1);
const SEEDS = chosen(ALL, 1).map((seed) => (process.env["METRICCARE_CHAOS_FULL"] === "1" ? seed : SEED));

test.runIf(drawn("noise")).each(SEEDS.map((seed) => ({ seed })))(
  "throttled, broken and cut off by the dozen: seed $seed",
  async ({ seed }) => {
    await stage.empty();
    const before = await stage.inventory();
    const made = await stage.run(APPLY, noise(seed));
    expect(made.code, made.text).toBe(0);
    const struck = [...stage.proxy.struck.values()].reduce((sum, times) => sum + times, 0);
    expect(struck).toBeGreaterThan(stage.proxy.calls / 4);

    const diff = await stage.run(["diff", "--env", "dev", "--exit-code"]);
    expect(diff.code, diff.text).toBe(0);
    const gone = await stage.run(DESTROY, noise(seed + 1000));
    expect(gone.code, gone.text).toBe(0);
    expect(differences(before, strangersOf(await stage.inventory()))).toEqual([]);
    expect(differences(before, await stage.inventory())).toEqual([]);
  },
);
