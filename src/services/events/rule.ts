import type { FindingCode } from "../../codes/index.ts";
import type { DescribeRuleResponse, RuleState, Target } from "@aws-sdk/client-eventbridge";
import type { AwsContext } from "../../aws/context.ts";
import { tagList, tagMap } from "../../aws/marks.ts";
import {
  addressText,
  type Address,
  type Call,
  type Finding,
  type Kind,
  type Live,
  type Tags,
  type Wanted,
} from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, forget, given, idOf, mapDelta, readEach, tagged, taggedAddresses, unless } from "../kit.ts";
import { onBus } from "./bus.ts";
import { coversOf, longPattern } from "./pattern.ts";
import type { RuleProps, RuleTarget } from "./props.ts";
import {
  foreignTargets,
  listTargets,
  ourTargets,
  putTargets,
  removeTargets,
  sameTarget,
  idOfTarget,
} from "./targets.ts";
import { eventsClient } from "./client.ts";
import { eventsArn } from "./arn.ts";

export const coverage = {
  rule: {
    Name: "identity",
    Arn: "identity",
    EventPattern: "managed",
    ScheduleExpression: "managed",
    State: "managed",
    Description: "managed",
    RoleArn: "managed",
    ManagedBy: "server",
    EventBusName: "identity",
    CreatedBy: "server",
  } satisfies Coverage<DescribeRuleResponse>,
  target: {
    Id: "identity",
    Arn: "managed",
    RoleArn: "managed",
    Input: "managed",
    InputPath: "managed",
    InputTransformer: "managed",
    KinesisParameters: "managed",
    RunCommandParameters: "managed",
    EcsParameters: "managed",
    BatchParameters: "managed",
    SqsParameters: "managed",
    HttpParameters: "managed",
    RedshiftDataParameters: "managed",
    SageMakerPipelineParameters: "managed",
    DeadLetterConfig: "managed",
    RetryPolicy: "managed",
    AppSyncParameters: "managed",
  } satisfies Coverage<Target>,
};

const ABSENT = ["ResourceNotFound"] as const;

const ALL_EVENTS = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

const stateOf = ({ enabled, managementEvents }: RuleProps): RuleState =>
  !enabled ? "DISABLED" : managementEvents === true ? ALL_EVENTS : "ENABLED";

async function ownTags(ctx: AwsContext, key: string): Promise<Tags | undefined> {
  const events = await ctx.clients.of(eventsClient);
  const answer = await unless(ABSENT, events.listTagsForResource({ ResourceARN: eventsArn.rule(ctx, key) }));
  return answer && tagMap(answer.Tags);
}

async function describe(
  ctx: AwsContext,
  key: string,
): Promise<{ readonly props: RuleProps; /** Other people's targets. */ readonly foreign: number }> {
  const { name, bus } = onBus(key);
  const events = await ctx.clients.of(eventsClient);
  const [rule, targets] = await Promise.all([events.describeRule({ Name: name, ...bus }), listTargets(ctx, key)]);
  const props = {
    description: rule.Description ?? "",
    schedule: rule.ScheduleExpression || null,
    pattern: rule.EventPattern ? (JSON.parse(rule.EventPattern) as Record<string, unknown>) : null,
    enabled: rule.State !== "DISABLED",
    ...(rule.State === ALL_EVENTS ? { managementEvents: true } : {}),
    ...given("roleArn", rule.RoleArn),
    targets: ourTargets(targets),
  };
  return { props, foreign: foreignTargets(targets).length };
}

async function read(ctx: AwsContext, wanted: Wanted): Promise<Live<RuleProps> | undefined> {
  const { name: key } = wanted;
  const found = unless(ABSENT, describe(ctx, key));
  const place = { arn: eventsArn.rule(ctx, key), own: () => ownTags(ctx, key) };
  const live = await tagged(ctx, wanted, found, place, ({ props }) => props);
  return live && { ...live, around: { foreign: (await found)?.foreign ?? 0 } };
}

const isAround = (around: unknown): around is { readonly foreign: number } =>
  typeof around === "object" && around !== null && "foreign" in around;

/** PutRule replaces the whole rule. Tags are taken on creation only; an update that names them is refused. */
const putRule = (ctx: AwsContext, key: string, props: RuleProps, tags: Tags | undefined): Call =>
  call(
    "events:PutRule",
    async () =>
      (await ctx.clients.of(eventsClient)).putRule({
        Name: onBus(key).name,
        ...onBus(key).bus,
        Description: props.description,
        ...(props.schedule ? { ScheduleExpression: props.schedule } : {}),
        ...(props.pattern ? { EventPattern: JSON.stringify(props.pattern) } : {}),
        State: stateOf(props),
        ...given("RoleArn", props.roleArn),
        ...(tags ? { Tags: tagList(tags) } : {}),
      }),
    { creates: tags !== undefined },
  );

function* targetCalls(
  ctx: AwsContext,
  name: string,
  live: RuleProps["targets"],
  wanted: RuleProps["targets"],
): Iterable<Call> {
  const { put, drop } = mapDelta<RuleTarget>(live, wanted, sameTarget);
  // First out, then in: a rule takes five targets.
  if (drop.length > 0) yield call("events:RemoveTargets", () => removeTargets(ctx, name, drop.map(idOfTarget)));
  if (put.length > 0) yield call("events:PutTargets", () => putTargets(ctx, name, put));
}

export const rule: Kind<RuleProps, AwsContext> = {
  name: "events.rule",
  handles: (ctx, { name }) => [eventsArn.rule(ctx, name)],
  fields: { managementEvents: { equal: (a, b) => (a ?? false) === (b ?? false) } },
  needs: (_ctx, _address, { targets, roleArn: own }) => [
    ...(own === undefined ? [] : [own]),
    ...Object.values(targets).flatMap(({ arn: of, roleArn, dlqArn }) =>
      [of, roleArn, dlqArn].filter((one) => one !== null),
    ),
  ],
  covers: coversOf,
  read: (ctx, wanted) => readEach(wanted, (one) => read(ctx, one)),
  owned: async (ctx) =>
    (await taggedAddresses(ctx, "events.rule", "events", "rule/")).map((one) => ({
      ...one,
      id: idOf(ctx, onBus(one.name).name),
    })),
  *create(ctx, { address, props, tags }) {
    yield putRule(ctx, address.name, props, tags);
    yield* targetCalls(ctx, address.name, {}, props.targets);
  },
  *update(ctx, { address, props, live, changed }) {
    if (
      ["description", "schedule", "pattern", "enabled", "managementEvents", "roleArn"].some((key) => changed.has(key))
    ) {
      yield putRule(ctx, address.name, props, undefined);
    }
    if (changed.has("targets")) yield* targetCalls(ctx, address.name, live.props.targets, props.targets);
  },
  *delete(ctx, { name }, { props }) {
    // AWS refuses to delete a rule that has targets. Foreign ones keep the rule (carriesForeign): one that came meanwhile too.
    const ids = Object.keys(props.targets).map(idOfTarget);
    if (ids.length > 0) yield call("events:RemoveTargets", () => unless(ABSENT, removeTargets(ctx, name, ids)));
    yield forget("events:DeleteRule", ABSENT, async () => {
      const { name: Name, bus } = onBus(name);
      return (await ctx.clients.of(eventsClient)).deleteRule({ Name, ...bus });
    });
  },
  *retag(ctx, { name }, _live, set, remove) {
    const ResourceARN = eventsArn.rule(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("events:TagResource", async () =>
        (await ctx.clients.of(eventsClient)).tagResource({ ResourceARN, Tags: tagList(set) }),
      );
    }
    if (remove.length > 0) {
      yield call("events:UntagResource", async () =>
        (await ctx.clients.of(eventsClient)).untagResource({ ResourceARN, TagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `events ${name}`,
  async carriesForeign(ctx, { name }, { around }) {
    const count = isAround(around)
      ? around.foreign
      : foreignTargets((await unless(ABSENT, listTargets(ctx, name))) ?? []).length;
    return count > 0 ? `carries ${count} target${count === 1 ? "" : "s"} of somebody else` : undefined;
  },
  *strip(ctx, { name }, live) {
    const ids = Object.keys(live.props.targets).map(idOfTarget);
    if (ids.length > 0) yield call("events:RemoveTargets", () => unless(ABSENT, removeTargets(ctx, name, ids)));
  },
  lint,
  permissions: {
    read: ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource", "tag:GetResources"],
    create: ["events:PutRule", "events:TagResource", "events:PutTargets", "iam:PassRole"],
    update: [
      "events:PutRule",
      "events:PutTargets",
      "events:RemoveTargets",
      "events:TagResource",
      "events:UntagResource",
      "iam:PassRole",
    ],
    delete: ["events:DeleteRule", "events:RemoveTargets"],
  },
};

/** Quota: targets a rule. */
const MOST = 5;

/** Whether a bus can be ours, and take what triggers the rule. */
function busProblem({ name: key }: Address, { schedule }: RuleProps): readonly [text: string, fix: string] | undefined {
  const bus = onBus(key).bus.EventBusName;
  if (bus?.startsWith("arn:"))
    return [`${bus} is a bus of another account or region`, "Make the rule where the bus is; it can call a bus here."];
  if (bus !== undefined && schedule !== null)
    return [`a schedule does not run on bus ${bus}`, "Leave `bus` out, or use a pattern."];
  return undefined;
}

/** What a target gets: one of four. */
const inputsOf = ({ input, transformer, path }: RuleTarget): readonly string[] => [
  ...(input === null ? [] : ["a constant input"]),
  ...(transformer === null ? [] : ["a transformer"]),
  ...(path === undefined ? [] : ["a path"]),
];

function lint(address: Address, props: RuleProps): readonly Finding[] {
  const { schedule, pattern, targets } = props;
  const bus = busProblem(address, props);
  const at = addressText(address);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const keys = Object.keys(targets);
  return [
    ...(bus ? [error("rule_bus", ...bus)] : []),
    ...((schedule === null) === (pattern === null)
      ? [error("rule_trigger", "a rule needs either a schedule or a pattern", "Give exactly one of the two.")]
      : []),
    ...(schedule !== null && !/^(rate|cron)\(.+\)$/.test(schedule)
      ? [error("rule_schedule", `"${schedule}" is no schedule`, 'Write "rate(1 hour)" or "cron(0 3 * * ? *)".')]
      : []),
    ...(keys.length > MOST
      ? [error("too_many_targets", `${keys.length} targets; a rule takes ${MOST}`, "Use a second rule.")]
      : []),
    ...longPattern(address, pattern),
    ...keys
      .filter((key) => !/^\w+$/.test(key))
      .map((key) =>
        error("target_key", `"${key}" cannot be the key of a target`, "Use letters, digits and underscores."),
      ),
    ...Object.entries(targets)
      .filter(([, target]) => inputsOf(target).length > 1)
      .map(([key, target]) =>
        error("target_input", `target ${key} has both ${inputsOf(target).join(" and ")}`, "Give one of them."),
      ),
  ];
}
