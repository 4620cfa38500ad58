import { expect, test } from "vitest";
import {
  lostParallelPermissions,
  notificationNeedsPermission,
  operationAborted,
  roleNotAssumable,
  somebodyElse,
  targetsFailInside,
  triggersAreStateful,
  ttlOnceAnHour,
  updateInProgress,
} from "../harness/faults/aws-like.ts";
import { slow } from "../harness/faults/network.ts";
import { drawn } from "../harness/sample.ts";
import { APPLY, DESTROY, differences, TWO, useStage } from "./stage.ts";

const stage = useStage();

/** All that AWS does and emulators do not, at once: kept through apply, update and destroy, as AWS would. */
test.runIf(drawn("an AWS with all its manners"))(
  "an AWS with all its manners: apply, update and destroy in one command each",
  async () => {
    const manners = [
      slow(5),
      roleNotAssumable(4000),
      updateInProgress(2500),
      somebodyElse(),
      ttlOnceAnHour(),
      notificationNeedsPermission(2000),
      lostParallelPermissions(),
      targetsFailInside(),
      operationAborted(),
      // Counts what is under way, and so comes after all that turn calls away.
      triggersAreStateful(),
    ];
    await stage.empty();
    const before = await stage.inventory();
    const made = await stage.run(APPLY, ...manners);
    expect(made.code, made.text).toBe(0);
    for (const name of [
      "role not assumable",
      "notification refused without permission",
      "PutTargets 200 with failures",
      "409 OperationAborted",
      "somebody else",
    ])
      expect([...stage.proxy.struck.keys()], made.text).toContain(name);
    // Not one request was turned away for its order: these are ours to get right.
    expect(stage.proxy.struck.get("triggers are stateful")).toBeUndefined();
    expect(stage.proxy.struck.get("TTL once an hour")).toBeUndefined();
    expect((await stage.run(APPLY, ...manners)).text).toContain("Nothing to do");

    stage.cli.write("config/dev.yaml", TWO);
    const updated = await stage.run(APPLY, ...manners);
    expect(updated.code, updated.text).toBe(0);
    expect(stage.proxy.struck.get("triggers are stateful"), updated.text).toBeUndefined();
    expect(stage.proxy.struck.get("update in progress"), updated.text).toBeUndefined();
    const diff = await stage.run(["diff", "--env", "dev", "--exit-code"], ...manners);
    expect(diff.code, diff.text).toBe(0);

    const gone = await stage.run(DESTROY, ...manners);
    expect(gone.code, gone.text).toBe(0);
    expect(differences(before, await stage.inventory())).toEqual([]);
  },
);

test.runIf(drawn("time-to-live within its hour"))(
  "time-to-live within its hour: the rest is done, the refusal is told, nobody waits an hour",
  async () => {
    const hour = ttlOnceAnHour();
    await stage.empty();
    expect((await stage.run(APPLY, hour)).code).toBe(0);
    stage.cli.write("config/dev.yaml", "ledger:\n  ttl: false\nfunction:\n  logRetentionDays: 30\n");
    const refused = await stage.run(APPLY, hour);
    expect(refused.code, refused.text).toBe(1);
    expect(refused.text).toMatch(/once an hour|within a fixed interval/i);
    expect(stage.proxy.log.filter(({ call }) => call.operation === "UpdateTimeToLive")).toHaveLength(1);
    const diff = await stage.run(["diff", "--env", "dev", "--json"]);
    expect(diff.text).not.toMatch(/retention/);
  },
);

test.runIf(drawn("a trigger whose update is refused"))(
  "a trigger whose update is refused for good is on again afterwards",
  async () => {
    await stage.empty();
    expect((await stage.run(APPLY)).code).toBe(0);
    stage.cli.write("config/dev.yaml", TWO);
    const broken = await stage.run(APPLY, {
      name: "refused",
      before: (call) =>
        call.operation === "UpdateTrigger"
          ? {
              kind: "refuse",
              with: { status: 400, code: "InvalidInputException", message: "Job cannot be a Predicate and Action" },
            }
          : undefined,
    });
    expect(broken.code, broken.text).toBe(1);
    const triggers = Object.entries(await stage.inventory()).filter(([key]) => /^trigger .*gold/.test(key));
    expect(triggers.map(([, value]) => value).join()).toContain("ACTIVATED");
    expect((await stage.run(APPLY)).code).toBe(0);
  },
);
