import { expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address, Live } from "../../../src/engine/types.ts";
import { rule } from "../../../src/services/events/rule.ts";
import type { RuleProps } from "../../../src/services/events/props.ts";
import { useEmulator } from "../../harness/use.ts";
import { ruleCase } from "../../kind-suite/cases/events.ts";
import { send } from "../../kind-suite/drive.ts";
import { eventsClient } from "../../../src/services/events/client.ts";

const used = useEmulator();

async function made(ctx: AwsContext): Promise<{ address: Address; props: RuleProps; live: Live<RuleProps> }> {
  const address = { kind: "events.rule", id: "failure", name: nameOf(ctx, "failure") };
  const props = ruleCase.base(ctx, address);
  await send(rule.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner } }));
  const live = (await rule.read(ctx, [address])).get(address.name);
  if (!live) throw new Error("no rule");
  return { address, props, live };
}

const targetIds = async (ctx: AwsContext, Rule: string): Promise<unknown[]> =>
  ((await (await ctx.clients.of(eventsClient)).listTargetsByRule({ Rule })).Targets ?? [])
    .map(({ Id }) => Id)
    .toSorted();

async function theirs(ctx: AwsContext, Rule: string): Promise<void> {
  const Targets = [{ Id: "theirs", Arn: "arn:aws:sqs:us-east-1:123456789012:q" }];
  await (await ctx.clients.of(eventsClient)).putTargets({ Rule, Targets });
}

test("other people's targets are no difference, stay through changes and keep the rule alive", async () => {
  const ctx = used.world();
  const { address, props, live } = await made(ctx);
  expect(await rule.carriesForeign?.(ctx, address, live)).toBeUndefined();
  await theirs(ctx, address.name);
  expect((await rule.read(ctx, [address])).get(address.name)?.props).toEqual(props);
  const none = { ...props, targets: {} };
  await send(rule.update(ctx, { address, props: none, tags: {}, live, changed: new Set(["targets"]) }));
  expect(await targetIds(ctx, address.name)).toEqual(["theirs"]);
  await send(
    rule.update(ctx, { address, props, tags: {}, live: { ...live, props: none }, changed: new Set(["targets"]) }),
  );
  expect(await targetIds(ctx, address.name)).toEqual(["metriccare-topic", "theirs"]);
  const now = (await rule.read(ctx, [address])).get(address.name) ?? live;
  expect(await rule.carriesForeign?.(ctx, address, now)).toBe("carries 1 target of somebody else");
  await send(rule.strip?.(ctx, address, live) ?? []);
  expect(await targetIds(ctx, address.name)).toEqual(["theirs"]);
});

test("PutTargets that answers 200 with failed entries is an error", async () => {
  const ctx = used.world();
  const { address, props, live } = await made(ctx);
  const body = JSON.stringify({
    FailedEntryCount: 1,
    FailedEntries: [
      { TargetId: "metriccare-topic", ErrorCode: "ConcurrentModificationException", ErrorMessage: "busy" },
    ],
  });
  used.proxy.refuse(({ body: sent }) =>
    sent.includes('"Targets"') ? { status: 200, type: "application/x-amz-json-1.1", body } : undefined,
  );
  const none = { ...live, props: { ...props, targets: {} } };
  const change = { address, props, tags: {}, live: none, changed: new Set(["targets"]) };
  await expect(send(rule.update(ctx, change))).rejects.toMatchObject({ name: "ConcurrentModificationException" });
});

test("what EventBridge would refuse is found before it is sent", () => {
  const address = { kind: "events.rule", id: "x", name: "x" };
  const target = { arn: "a", input: null, transformer: null, roleArn: null, dlqArn: null, retry: null };
  const base: RuleProps = { description: "", schedule: "rate(1 hour)", pattern: null, enabled: true, targets: {} };
  const codes = (change: Partial<RuleProps>): string[] =>
    (rule.lint?.(address, { ...base, ...change }) ?? []).map(({ code }) => code);
  expect(codes({})).toEqual([]);
  expect(codes({ schedule: null })).toEqual(["rule_trigger"]);
  expect(codes({ pattern: {} })).toEqual(["rule_trigger"]);
  expect(codes({ schedule: "every hour" })).toEqual(["rule_schedule"]);
  const six = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((key) => [key, target]));
  expect(codes({ targets: six })).toEqual(["too_many_targets"]);
  const jobs = (count: number): Partial<RuleProps> => ({
    schedule: null,
    pattern: { detail: { jobName: Array.from({ length: count }, () => "metriccare_some_job_dev") } },
  });
  expect(codes(jobs(70))).toEqual([]);
  expect(codes(jobs(99))).toEqual(["rule_pattern_long"]);
  const transformer = { paths: {}, template: "x" };
  expect(codes({ targets: { a: { ...target, input: "{}", transformer } } })).toEqual(["target_input"]);
});
