import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutAt, oneByOne, randomOf } from "../harness/faults/network.ts";
import type { Emulator } from "../harness/moto.ts";
import { FOREIGN_PARTS, KEPT_PARTS, seedForeignParts } from "./foreign.ts";
import type { Inventory } from "./inventory.ts";
import { chosen, FULL, SEED } from "../harness/sample.ts";
import { APPLY, DESTROY, differences, ONE, type Stage, TEN, useStage } from "./stage.ts";

const stage = useStage();

interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  readonly config: string;
  /** What other people's parts of our resources look like where those resources stay. */
  readonly theirs: readonly string[];
  /** Brings the account to where the cut run begins. */
  prepare(stage: Stage): Promise<void>;
}

const applied = async (): Promise<void> => {
  await stage.empty();
  const made = await stage.run(APPLY);
  if (made.code !== 0) throw new Error(made.text);
  await seedForeignParts(stage.emulator.endpoint);
};

const SCENARIOS: readonly Scenario[] = [
  { name: "apply from empty", args: APPLY, config: ONE, theirs: [], prepare: () => stage.empty() },
  { name: "an update of ten attributes", args: APPLY, config: TEN, theirs: FOREIGN_PARTS, prepare: applied },
  { name: "destroy", args: DESTROY, config: ONE, theirs: KEPT_PARTS, prepare: applied },
];

/** More calls than any of the three makes, and more changes: what is beyond their end is skipped. */
const MOST = 480;
const CHANGES = Array.from({ length: 100 }, (_, index) => index);
const WHEN = ["before", "half", "after"] as const;
/**
 * The whole takes every twentieth call, and the three moments in turn. It need not take all: whoever is killed leaves nothing
 * but what the server holds, which is one of the states that the other test goes through, every one of them.
 */
const CUTS = FULL
  ? Array.from({ length: MOST / 20 }, (_, index) => ({
      k: 20 * index + 1 + ((7 * index) % 20),
      when: WHEN[index % 3] ?? "half",
    }))
  : Array.from({ length: MOST }, (_, index) => index + 1).flatMap((k) => WHEN.map((when) => ({ k, when })));

describe.each(SCENARIOS)("cut off: $name", ({ name, args, config, theirs, prepare }) => {
  let home: Emulator;
  /** The account before the run that is cut. */
  let prepared: Emulator | undefined;
  /** The account after each change of that run: `states[3]` has three of them, and not the fourth. */
  const states: Emulator[] = [];
  let clean: Inventory | undefined;
  let calls = MOST;

  /** A copy where there are copies; else the whole way again. */
  const begin = async (from = prepared): Promise<Emulator> => {
    const copy = await from?.fork?.();
    if (copy) stage.enter(copy);
    else await prepare(stage);
    stage.cli.write("config/dev.yaml", config);
    return stage.emulator;
  };
  /** Of an emulator of which there are no copies, there is only the one. */
  const leave = async (account: Emulator): Promise<void> => {
    stage.enter(home);
    if (account.fork) await account.stop();
  };
  /** The next run ends well, the one after finds nothing to do, and all is as if nothing had happened. */
  const converges = async (run: (args: readonly string[]) => Promise<{ code: number | null; text: string }>) => {
    const second = await run(args);
    expect(second.code, second.text).toBe(0);
    const third = await run(args);
    expect(third.code, third.text).toBe(0);
    expect(stage.changed(), third.text).toEqual([]);
    expect(differences(clean ?? {}, await stage.inventory())).toEqual([]);
  };

  beforeAll(async () => {
    home = stage.emulator;
    await prepare(stage);
    prepared = await home.fork?.();
  });
  afterAll(async () => {
    stage.enter(home);
    for (const state of states) await state.stop();
    await prepared?.stop();
  });

  test("a clean run, to compare with", async () => {
    const account = await begin();
    const before = await account.fork?.();
    if (before) states.push(before);
    const keep = async (): Promise<void> => {
      const copy = await account.fork?.();
      if (copy) states.push(copy);
    };
    const ran = await stage.run(args, oneByOne(keep, randomOf(FULL ? 1 : SEED)));
    expect(ran.text, ran.text).not.toMatch(/^error/m);
    expect(ran.code).toBe(0);
    calls = stage.proxy.calls;
    // The last copy may still be made when the command is over.
    if (account.fork) await expect.poll(() => states.length, { timeout: 10_000 }).toBe(stage.proxy.changes.length + 1);
    process.stdout.write(`${name}: ${calls} calls, ${stage.proxy.changes.length} of them changes\n`);
    clean = await stage.inventory();
    for (const part of theirs) expect(Object.values(clean).join()).toContain(part);
    const again = await stage.run(args);
    expect(again.code, again.text).toBe(0);
    expect(stage.changed()).toEqual([]);
    await leave(account);
  });

  /**
   * Cut after change n and cut before change n + 1 leave the same account, and so does every cut at a read in between: the
   * command keeps nothing anywhere else. So these are all k, before and after the answer, each account once, for one order of
   * the changes that run side by side: other seeds have other orders.
   */
  test.for(chosen(CHANGES, 2, name.length))("after %i changes", async (wanted, { skip }) => {
    const n = FULL ? wanted : Math.floor((wanted * states.length) / CHANGES.length);
    const state = states[n];
    if (state === undefined) return skip("there is no such change");
    const account = await begin(state);
    await converges((all) => stage.runHere(all));
    await leave(account);
  });

  test.for(chosen(CUTS, 2, name.length))("SIGKILL $when call $k of 480", async ({ k: wanted, when }, { skip }) => {
    // The whole goes through them one by one, a sample is spread over those that there are.
    const k = FULL ? wanted : Math.max(1, Math.ceil((wanted * calls) / MOST));
    if (k > calls) return skip("there is no such call");
    const account = await begin();
    await stage.proxy.quiet();
    const { proxy, cli } = stage;
    const killed = { kill: (): void => undefined };
    const rule = cutAt(k, when, () => killed.kill());
    await stage.run(["--version"], rule);
    const first = cli.start(proxy.endpoint, args);
    killed.kill = () => void first.process.kill("SIGKILL");
    await first.ended;
    await converges((all) => stage.run(all));
    await leave(account);
  });
});
