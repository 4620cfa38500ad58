import type { Desired } from "../../engine/types.ts";
import { targetsOf } from "../check/loop.ts";
import type { RuleProps, RuleTarget } from "../../services/events/props.ts";
import type { RuleConfig } from "../../services/events/section.ts";
import { UNDELIVERED_ID } from "../ids.ts";
import { TOPIC_ID } from "../naming.ts";
import { topicStatements } from "../../services/sns/policy.ts";
import type { SubscriptionProps, TopicProps } from "../../services/sns/props.ts";
import { type Build, resource, tagsOf } from "./build.ts";

/** The topic; its policy lets in the rules that name it. */
export function topic(build: Build): Desired {
  const { config, names } = build;
  const { alerts } = config;
  const rules = Object.entries(config.rules)
    .filter(([, rule]) => rule.targets.includes("alerts"))
    .map(([id]) => names.rule(id).arn);
  const subscriptions = alerts.subscriptions.map((one): [string, SubscriptionProps] => [
    `${one.protocol}:${one.endpoint}`,
    {
      rawMessageDelivery: one.rawMessageDelivery,
      filterPolicy: one.filterPolicy ?? null,
      ...(one.roleArn === undefined ? {} : { roleArn: one.roleArn }),
    },
  ]);
  return resource<TopicProps>(
    { kind: "sns.topic", id: TOPIC_ID, name: names.topic.name },
    {
      displayName: alerts.displayName,
      kmsKey: alerts.kmsKeyId ?? null,
      statements: topicStatements(names.topic.arn, build.scope.account, rules),
      subscriptions: Object.fromEntries(subscriptions),
    },
    tagsOf(build, alerts.tags),
  );
}

type Json = Readonly<Record<string, unknown>>;

/** Ends of our jobs, by their exact names: other people's jobs in the account are none of our business. */
function jobPattern({ config, names }: Build, events: NonNullable<RuleConfig["jobEvents"]>): Json {
  const details = events.map((event) => {
    const keys =
      event.jobs ??
      Object.keys(config.jobs).filter((id) => event.layer === undefined || config.jobs[id]?.layer === event.layer);
    return { jobName: keys.map((id) => names.job(id).name), state: event.states };
  });
  const [first] = details;
  return {
    source: ["aws.glue"],
    "detail-type": ["Glue Job State Change"],
    detail: details.length === 1 ? first : { $or: details },
  };
}

/** The text of an alert. Never the event's `message`: an exception may quote the data that it failed on. */
function alertText({ config, names, scope }: Build): RuleTarget["transformer"] {
  const text = [
    `${config.project} ${scope.env}: Glue job <job> of workflow ${names.workflow.name} ended <state>.`,
    "Job run: <run>.",
    `More: metriccare runs show --env ${scope.env}`,
  ];
  return {
    paths: { job: "$.detail.jobName", state: "$.detail.state", run: "$.detail.jobRunId" },
    template: JSON.stringify(text.join(" ")),
  };
}

function targets(build: Build, rule: RuleConfig): Record<string, RuleTarget> {
  const { config, names } = build;
  const input = rule.input === undefined ? null : JSON.stringify(rule.input);
  const plain = { input, transformer: null, roleArn: null, dlqArn: null, retry: null };
  // What could not be delivered to ours is looked at by the function. Other people's targets have their own.
  const ours = { ...plain, dlqArn: names.queue(UNDELIVERED_ID).arn };
  return Object.fromEntries(
    targetsOf(config, rule).map((target, i): [string, RuleTarget] => {
      if (target === "function") return ["function", { ...ours, arn: names.function.arn }];
      if (target === "alerts") {
        const transformer = rule.jobEvents && input === null ? alertText(build) : null;
        return ["alerts", { ...ours, arn: names.topic.arn, transformer }];
      }
      const own = target.input === undefined ? input : JSON.stringify(target.input);
      return [`target_${i + 1}`, { ...plain, arn: target.arn, roleArn: target.roleArn ?? null, input: own }];
    }),
  );
}

/** Rules and their targets. */
export function rules(build: Build): Desired[] {
  const { config, names } = build;
  return Object.entries(config.rules).map(([id, rule]) =>
    resource<RuleProps>(
      { kind: "events.rule", id, name: names.rule(id).name },
      {
        description: rule.description,
        schedule: rule.schedule ?? null,
        pattern: rule.jobEvents ? jobPattern(build, rule.jobEvents) : (rule.pattern ?? null),
        enabled: rule.enabled,
        targets: targets(build, rule),
      },
      tagsOf(build, rule.tags),
    ),
  );
}
