import type { FindingCode } from "../../codes/index.ts";
import type { DescribeRuleResponse, Target } from "@aws-sdk/client-eventbridge";
import { arn } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import {
  addressText,
  type Address,
  type Call,
  type Finding,
  type Kind,
  type Live,
  type Tags,
} from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, mapDelta, readEach, taggedAddresses, unless } from "../kit.ts";
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

const other = ignored("for a kind of target that is not used here");

export const coverage = {
  rule: {
    Name: "identity",
    Arn: "identity",
    EventPattern: "managed",
    ScheduleExpression: "managed",
    State: "managed",
    Description: "managed",
    RoleArn: ignored("targets carry their own role"),
    ManagedBy: "server",
    EventBusName: ignored("rules for AWS's own events live on the default bus"),
    CreatedBy: "server",
  } satisfies Coverage<DescribeRuleResponse>,
  target: {
    Id: "identity",
    Arn: "managed",
    RoleArn: "managed",
    Input: "managed",
    InputPath: ignored("a transformer says the same and more"),
    InputTransformer: "managed",
    KinesisParameters: other,
    RunCommandParameters: other,
    EcsParameters: other,
    BatchParameters: other,
    SqsParameters: other,
    HttpParameters: other,
    RedshiftDataParameters: other,
    SageMakerPipelineParameters: other,
    DeadLetterConfig: "managed",
    RetryPolicy: "managed",
    AppSyncParameters: other,
  } satisfies Coverage<Target>,
};

const ABSENT = ["ResourceNotFound"] as const;

async function read(ctx: AwsContext, Name: string): Promise<Live<RuleProps>> {
  const events = await ctx.clients.events();
  const [rule, targets, tagging] = await Promise.all([
    events.describeRule({ Name }),
    listTargets(ctx, Name),
    events.listTagsForResource({ ResourceARN: arn.rule(ctx, Name) }),
  ]);
  const tags = tagMap(tagging.Tags);
  return {
    name: Name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      description: rule.Description ?? "",
      schedule: rule.ScheduleExpression || null,
      pattern: rule.EventPattern ? (JSON.parse(rule.EventPattern) as Record<string, unknown>) : null,
      enabled: rule.State !== "DISABLED",
      targets: ourTargets(targets),
    },
  };
}

/** PutRule replaces the whole rule. Tags are taken on creation only; an update that names them is refused. */
const putRule = (ctx: AwsContext, Name: string, props: RuleProps, tags: Tags | undefined): Call =>
  call(
    "events:PutRule",
    async () =>
      (await ctx.clients.events()).putRule({
        Name,
        Description: props.description,
        ...(props.schedule ? { ScheduleExpression: props.schedule } : {}),
        ...(props.pattern ? { EventPattern: JSON.stringify(props.pattern) } : {}),
        State: props.enabled ? "ENABLED" : "DISABLED",
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
  handles: (ctx, { name }) => [arn.rule(ctx, name)],
  needs: (_ctx, _address, { targets }) =>
    Object.values(targets).flatMap(({ arn: of, roleArn, dlqArn }) =>
      [of, roleArn, dlqArn].filter((one) => one !== null),
    ),
  read: (ctx, wanted) => readEach(wanted, ({ name }) => unless(ABSENT, read(ctx, name))),
  owned: (ctx) => taggedAddresses(ctx, "events.rule", "events", "rule/"),
  *create(ctx, { address, props, tags }) {
    yield putRule(ctx, address.name, props, tags);
    yield* targetCalls(ctx, address.name, {}, props.targets);
  },
  *update(ctx, { address, props, live, changed }) {
    if (["description", "schedule", "pattern", "enabled"].some((key) => changed.has(key))) {
      yield putRule(ctx, address.name, props, undefined);
    }
    if (changed.has("targets")) yield* targetCalls(ctx, address.name, live.props.targets, props.targets);
  },
  async *delete(ctx, { name }) {
    // AWS refuses to delete a rule that has targets. Foreign ones keep the rule (carriesForeign): one that came meanwhile too.
    const ids = Object.keys(ourTargets((await unless(ABSENT, listTargets(ctx, name))) ?? [])).map(idOfTarget);
    if (ids.length > 0) yield call("events:RemoveTargets", () => unless(ABSENT, removeTargets(ctx, name, ids)));
    yield forget("events:DeleteRule", ABSENT, async () => (await ctx.clients.events()).deleteRule({ Name: name }));
  },
  *retag(ctx, { name }, _live, set, remove) {
    const ResourceARN = arn.rule(ctx, name);
    if (Object.keys(set).length > 0) {
      yield call("events:TagResource", async () =>
        (await ctx.clients.events()).tagResource({ ResourceARN, Tags: tagList(set) }),
      );
    }
    if (remove.length > 0) {
      yield call("events:UntagResource", async () =>
        (await ctx.clients.events()).untagResource({ ResourceARN, TagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `events ${name}`,
  async carriesForeign(ctx, { name }) {
    const count = foreignTargets((await unless(ABSENT, listTargets(ctx, name))) ?? []).length;
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

function lint(address: Address, { schedule, pattern, targets }: RuleProps): readonly Finding[] {
  const at = addressText(address);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const keys = Object.keys(targets);
  return [
    ...((schedule === null) === (pattern === null)
      ? [error("rule_trigger", "a rule needs either a schedule or a pattern", "Give exactly one of the two.")]
      : []),
    ...(schedule !== null && !/^(rate|cron)\(.+\)$/.test(schedule)
      ? [error("rule_schedule", `"${schedule}" is no schedule`, 'Write "rate(1 hour)" or "cron(0 3 * * ? *)".')]
      : []),
    ...(keys.length > MOST
      ? [error("too_many_targets", `${keys.length} targets; a rule takes ${MOST}`, "Use a second rule.")]
      : []),
    ...keys
      .filter((key) => !/^\w+$/.test(key))
      .map((key) =>
        error("target_key", `"${key}" cannot be the key of a target`, "Use letters, digits and underscores."),
      ),
    ...Object.entries(targets)
      .filter(([, { input, transformer }]) => input !== null && transformer !== null)
      .map(([key]) =>
        error("target_input", `target ${key} has both a constant input and a transformer`, "Give one of the two."),
      ),
  ];
}
