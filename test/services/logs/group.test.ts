import { expect, test } from "vitest";
import type { Live } from "../../../src/engine/types.ts";
import { group } from "../../../src/services/logs/group.ts";
import type { LogGroupProps } from "../../../src/services/logs/props.ts";
import { send } from "../../kind-suite/drive.ts";
import { stubContext } from "../../operate/support.ts";

// Neither moto nor MiniStack knows classes and deletion protection of log groups.
const address = { kind: "logs.group", id: "kept", name: "/hospital/kept" };
const props: LogGroupProps = { retentionDays: 30, kmsKey: null, logClass: "STANDARD", deletionProtection: true };

function world() {
  const sent: unknown[] = [];
  const log = (name: string) => (input: object) => (sent.push([name, input]), {});
  const ctx = stubContext({
    logs: {
      createLogGroup: log("create"),
      putRetentionPolicy: log("retention"),
      putLogGroupDeletionProtection: log("protection"),
      deleteLogGroup: log("delete"),
      describeLogGroups: () => ({ logGroups: [{ logGroupName: address.name, deletionProtectionEnabled: true }] }),
      listTagsForResource: () => ({ tags: {} }),
    },
  });
  return { ctx, sent };
}

test("a log group is made protected, told so, and kept by destroy until its data may go", async () => {
  const { ctx, sent } = world();
  await send(group.create(ctx, { address, props, tags: {} }));
  expect(sent[0]).toEqual(["create", { logGroupName: address.name, tags: {}, deletionProtectionEnabled: true }]);
  const live = (await group.read(ctx, [address])).get(address.name) as Live<LogGroupProps>;
  expect(live.props.deletionProtection).toBe(true);
  expect(await group.holdsData?.(ctx, address, live, new Set())).toMatch(/protected/);
  sent.length = 0;
  await send(group.delete(ctx, address, live));
  expect(sent).toEqual([
    ["protection", { logGroupIdentifier: address.name, deletionProtectionEnabled: false }],
    ["delete", { logGroupName: address.name }],
  ]);
});

test("protection that the config names no more is taken off", async () => {
  const { ctx, sent } = world();
  const { deletionProtection: _, ...rest } = props;
  const live = { name: address.name, tags: {}, props };
  const changed = new Set(["deletionProtection"]);
  await send(group.update(ctx, { address, props: rest, tags: {}, live, changed }));
  expect(sent).toEqual([["protection", { logGroupIdentifier: address.name, deletionProtectionEnabled: false }]]);
});

test("a group of class DELIVERY is told no days, and refuses them", async () => {
  const { ctx, sent } = world();
  const delivery: LogGroupProps = { retentionDays: null, kmsKey: null, logClass: "DELIVERY" };
  await send(group.create(ctx, { address, props: delivery, tags: {} }));
  expect(sent).toEqual([["create", { logGroupName: address.name, tags: {}, logGroupClass: "DELIVERY" }]]);
  expect(group.lint?.(address, delivery)).toEqual([]);
  expect(group.lint?.(address, { ...delivery, retentionDays: 30 })[0]?.text).toMatch(/two days/);
});
