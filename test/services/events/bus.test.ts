import { expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import { onBus, ruleKey } from "../../../src/services/events/bus.ts";
import { declareRules } from "../../../src/services/events/declare.ts";
import { events } from "../../../src/services/events/index.ts";
import { parametersOf } from "../../../src/services/events/parameters.ts";
import type { RuleProps } from "../../../src/services/events/props.ts";
import { rule } from "../../../src/services/events/rule.ts";
import { ruleSection } from "../../../src/services/events/section.ts";
import type { Build } from "../../../src/services/build.ts";
import { namedEntry } from "../../../src/services/names.ts";
import { Sources } from "../../../src/services/sources.ts";
import { useEmulator } from "../../harness/use.ts";
import { send } from "../../kind-suite/drive.ts";
import { eventsClient } from "../../../src/services/events/client.ts";
import { eventsArn } from "../../../src/services/events/arn.ts";

const used = useEmulator();
const scope = { project: "metriccare", env: "dev", account: "123456789012", region: "us-east-1", partition: "aws" };
const bus = (account: string): string => `arn:aws:events:us-east-1:${account}:event-bus/orders`;

test("a rule's address has its bus, as its ARN has", () => {
  expect(ruleKey(scope, "nightly")).toBe("nightly");
  expect(ruleKey(scope, "nightly", bus("123456789012").replace("orders", "default"))).toBe("nightly");
  expect(ruleKey(scope, "nightly", bus("123456789012"))).toBe("orders/nightly");
  expect(onBus("aws.partner/example.com/a/nightly")).toEqual({
    name: "nightly",
    bus: { EventBusName: "aws.partner/example.com/a" },
  });
  const section = events.sections.rules;
  const entry = ruleSection.parse({ bus: "orders", pattern: {}, targets: ["x"] });
  expect(namedEntry(section, scope, "nightly", entry)).toEqual({
    name: "metriccare_nightly_dev",
    arn: "arn:aws:events:us-east-1:123456789012:rule/orders/metriccare_nightly_dev",
  });
});

test("schedules and other people's buses are refused", () => {
  const props: RuleProps = { description: "", schedule: null, pattern: {}, enabled: true, targets: {} };
  const codes = (name: string, more: Partial<RuleProps> = {}): string[] =>
    (rule.lint?.({ kind: "events.rule", id: "x", name }, { ...props, ...more }) ?? []).map(({ code }) => code);
  expect(codes("orders/x")).toEqual([]);
  expect(codes("orders/x", { pattern: null, schedule: "rate(1 hour)" })).toEqual(["rule_bus"]);
  expect(codes(ruleKey(scope, "x", bus("999999999999")))).toEqual(["rule_bus"]);
});

const TARGETS = {
  queue: { arn: "arn:aws:sqs:us-east-1:123456789012:a.fifo", messageGroupId: "visits", inputPath: "$.detail" },
  stream: {
    arn: "arn:aws:kinesis:us-east-1:123456789012:stream/a",
    kinesis: { partitionKeyPath: "$.detail.key" },
    roleArn: "arn:aws:iam::123456789012:role/events",
  },
  task: {
    arn: "arn:aws:ecs:us-east-1:123456789012:cluster/a",
    roleArn: "arn:aws:iam::123456789012:role/events",
    ecs: {
      taskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/a:1",
      launchType: "FARGATE",
      subnets: ["subnet-2", "subnet-1"],
    },
  },
  batch: {
    arn: "arn:aws:batch:us-east-1:123456789012:job-queue/a",
    roleArn: "arn:aws:iam::123456789012:role/events",
    batch: { jobDefinition: "arn:aws:batch:us-east-1:123456789012:job-definition/a:1", jobName: "a", attempts: 2 },
  },
};

function declared(ctx: AwsContext): { address: { kind: string; id: string; name: string }; props: RuleProps } {
  const entry = ruleSection.parse({
    bus: "orders",
    pattern: { source: ["visits"] },
    role: "arn:aws:iam::123456789012:role/over",
    targets: Object.entries(TARGETS).map(([id, one]) => ({ id, ...one })),
  });
  const build: Build = {
    scope: ctx,
    sources: new Sources("."),
    named: (section, reference) =>
      reference.startsWith("arn:")
        ? { name: reference, arn: reference }
        : { name: nameOf(ctx, reference), arn: section },
    has: () => false,
    callers: () => [],
    tags: (own) => own,
  };
  const [one] = declareRules({ rules: { visits: entry } }, build);
  return one as { address: { kind: string; id: string; name: string }; props: RuleProps };
}

test("a rule on another bus, with targets of every type, is made, read as declared, changed and removed", async () => {
  const ctx = used.world();
  const client = await ctx.clients.of(eventsClient);
  await client.createEventBus({ Name: "orders" });
  const { address, props } = declared(ctx);
  expect(address.name).toBe(`orders/${nameOf(ctx, "visits")}`);
  expect(props.targets["task"]?.parameters?.EcsParameters).toEqual({
    TaskDefinitionArn: TARGETS.task.ecs.taskDefinition,
    TaskCount: 1,
    LaunchType: "FARGATE",
    NetworkConfiguration: {
      awsvpcConfiguration: { Subnets: ["subnet-1", "subnet-2"], AssignPublicIp: "DISABLED" },
    },
  });
  await send(rule.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner } }));
  const live = (await rule.read(ctx, [address])).get(address.name);
  expect(live?.props).toEqual(props);
  expect(live?.owner).toBe(ctx.owner);
  expect((await client.listRules({})).Rules ?? []).toEqual([]);
  // The emulator's tag search knows the default bus alone.
  const seen = Object.assign(Object.create(ctx) as AwsContext, {
    tagged: async () => [eventsArn.rule(ctx, address.name)],
  });
  expect(await rule.owned(seen)).toEqual([{ ...address, id: "visits" }]);
  const off = { ...props, enabled: false };
  await send(rule.update(ctx, { address, props: off, tags: {}, live: live as never, changed: new Set(["enabled"]) }));
  expect((await rule.read(ctx, [address])).get(address.name)?.props).toEqual(off);
  await send(rule.delete(ctx, address, live as never));
  expect((await rule.read(ctx, [address])).size).toBe(0);
  expect(rule.handles(ctx, address, props)).toEqual([eventsArn.rule(ctx, address.name)]);
});

test("what AWS answers for what nobody gave is no difference", () => {
  const given = { TaskDefinitionArn: "arn:a", TaskCount: 1 };
  const answer = { ...given, EnableECSManagedTags: false, EnableExecuteCommand: false, Tags: [] };
  expect(parametersOf({ EcsParameters: answer })).toEqual({ EcsParameters: given });
  expect(parametersOf({ HttpParameters: { HeaderParameters: {}, PathParameterValues: [] } })).toBeUndefined();
});
