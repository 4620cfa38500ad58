import { beforeEach, expect, test } from "vitest";
import { breakingOff, everyFirstAnswerLost, gateways, randomOf, silentAt } from "../harness/faults/network.ts";
import type { Rule } from "../harness/faults/proxy.ts";
import { FOREIGN_PARTS, seedForeignParts } from "./foreign.ts";
import type { Inventory } from "./inventory.ts";
import { chosen, drawn, FULL, SEED } from "../harness/sample.ts";
import { APPLY, DESTROY, differences, TEN, useStage } from "./stage.ts";

/** Lines that break in the middle of an answer, lose it, or go dead without a word: one command gets through. */
const stage = useStage();
beforeEach(() => stage.empty());

const ROUNDS = Array.from({ length: 10 }, (_, index) => index + 1);
const seedOf = (round: number): number => (FULL ? round : SEED + round);

async function once(args: readonly string[], ...rules: readonly Rule[]): Promise<Inventory> {
  const ran = await stage.run(args, ...rules);
  expect(ran.code, ran.text).toBe(0);
  return stage.inventory();
}

async function nothingToDo(): Promise<void> {
  const again = await stage.run(APPLY);
  expect(again.code, again.text).toBe(0);
  expect(stage.changed(), again.text).toEqual([]);
}

/** From empty, an update of every service, and away again: each in one command, and as without any fault. */
async function throughAll(rule: () => Rule): Promise<void> {
  const empty = await stage.inventory();
  const made = await once(APPLY);
  await seedForeignParts(stage.emulator.endpoint);
  stage.cli.write("config/dev.yaml", TEN);
  const changed = await once(APPLY);
  for (const part of FOREIGN_PARTS) expect(Object.values(changed).join()).toContain(part);
  await stage.empty();

  expect(differences(made, await once(APPLY, rule()))).toEqual([]);
  expect(stage.proxy.struck.size).toBeGreaterThan(0);
  await nothingToDo();
  await seedForeignParts(stage.emulator.endpoint);
  stage.cli.write("config/dev.yaml", TEN);
  expect(differences(changed, await once(APPLY, rule()))).toEqual([]);
  await nothingToDo();

  await stage.empty();
  await once(APPLY);
  expect(differences(empty, await once(DESTROY, rule()))).toEqual([]);
}

test.each(drawn("lost answers") ? chosen(ROUNDS, 1, 11) : [])(
  "the first answer to every change is lost, round %i",
  (round) => throughAll(() => everyFirstAnswerLost(randomOf(seedOf(round)))),
);

test.each(drawn("gateways") ? chosen(ROUNDS, 1, 14) : [])(
  "every seventh call is answered by a gateway in between, round %i",
  async (round) => {
    const empty = await stage.inventory();
    await once(APPLY, gateways(1 / 7, randomOf(seedOf(round))));
    await nothingToDo();
    expect(differences(empty, await once(DESTROY, gateways(1 / 7, randomOf(seedOf(round) + 1))))).toEqual([]);
  },
);

test.runIf(FULL).each(chosen(ROUNDS, 1, 12))("every seventh answer breaks off in the middle, round %i", (round) =>
  throughAll(() => breakingOff(1 / 7, randomOf(seedOf(round)))),
);

test("of a permission whose answer breaks off time and again there is one", async () => {
  const made = await once(APPLY);
  await stage.empty();
  const sent = new Map<string, number>();
  const rule: Rule = {
    name: "permissions break off",
    before: ({ operation, body }) => {
      if (operation !== "AddPermission") return undefined;
      const times = (sent.get(String(body)) ?? 0) + 1;
      sent.set(String(body), times);
      return times <= 2 ? { kind: "half" } : undefined;
    },
  };
  expect(differences(made, await once(APPLY, rule))).toEqual([]);
  expect([...sent.values()].every((times) => times >= 2)).toBe(true);
  await nothingToDo();
});

// A minute for each: that is how long an answer may take.
test.runIf(FULL).each(chosen([20, 50, 80, 105, 130], 1, 13))("nobody answers call %i: one command gets through", (k) =>
  once(APPLY, silentAt(k)).then(nothingToDo),
);

test("Ctrl-C while nobody answers: a command that only reads is over", async () => {
  const { proxy, cli } = stage;
  const arrived = new Promise<void>((resolve) =>
    proxy.use({
      name: "silence",
      before: (call) => {
        if (call.index < 10) return undefined;
        resolve();
        return { kind: "silence" };
      },
    }),
  );
  const reading = cli.start(proxy.endpoint, ["diff", "--env", "dev"]);
  await arrived;
  reading.process.kill("SIGINT");
  const { code, text } = await reading.ended;
  expect(code, text).toBe(130);
  expect(text).toContain("interrupted");
});
