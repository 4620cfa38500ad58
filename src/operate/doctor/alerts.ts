import type { AwsContext } from "../../aws/context.ts";
import type { Wiring } from "./check.ts";
import { matches } from "./pattern.ts";
import { refusal } from "./policy.ts";
import { lockedByKey, readTopic, type Topic } from "./subscribers.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";
import { command } from "../next.ts";
import { snsClient } from "../../services/sns/client.ts";
import { busName, DEFAULT_BUS } from "../../services/events/bus.ts";
import { eventsClient } from "../../services/events/client.ts";

/** The states of a Glue job that an alert is for: EventBridge knows no others that mean failure. */
const BAD_STATES = ["FAILED", "TIMEOUT", "STOPPED"] as const;

/** Whether one failure state of one job would reach somebody. */
export interface AlertCover {
  readonly type: "alert";
  readonly job: string;
  readonly name: string;
  readonly state: (typeof BAD_STATES)[number];
  readonly ok: boolean;
  /** Rules that take the event and send it to the topic. */
  readonly rules: readonly string[];
  /** Confirmed subscribers that it reaches. */
  readonly reaches: readonly string[];
  /** Where it stops; null when it arrives. */
  readonly why: string | null;
}

export interface AlertsFinished {
  readonly type: "finished";
  readonly ok: boolean;
  readonly covered: number;
  readonly missing: number;
  readonly confirmed: readonly string[];
  /** Asked, and not confirmed yet. */
  readonly pending: readonly string[];
  /** Message id of the test message; null when none was asked for. */
  readonly sent: string | null;
  readonly fix: string | null;
}

export type AlertsEvent = AlertCover | AlertsFinished;

interface LiveRule {
  readonly name: string;
  readonly arn: string;
  readonly enabled: boolean;
  readonly pattern: Readonly<Record<string, unknown>> | undefined;
  readonly toTopic: boolean;
}

/** Rules that send to the topic: ours by name, and whoever else's AWS knows of. */
async function ruleNames(ctx: AwsContext, { rules, outputs }: Wiring): Promise<string[]> {
  // Glue tells the default bus: a rule on another one hears of no job, whatever its pattern says.
  const heard = Object.entries(outputs.rules).filter(([id]) => busName(rules[id]?.bus ?? DEFAULT_BUS) === DEFAULT_BUS);
  const names = new Set(heard.map(([, rule]) => rule.name));
  const events = await ctx.clients.of(eventsClient);
  let token: string | undefined;
  do {
    const page = await events.listRuleNamesByTarget({
      TargetArn: outputs.topic.arn,
      ...(token ? { NextToken: token } : {}),
    });
    for (const name of page.RuleNames ?? []) names.add(name);
    token = page.NextToken;
  } while (token);
  return [...names];
}

async function readRule(ctx: AwsContext, Name: string, topicArn: string): Promise<LiveRule | undefined> {
  const events = await ctx.clients.of(eventsClient);
  try {
    const [rule, targets] = await Promise.all([
      events.describeRule({ Name }),
      events.listTargetsByRule({ Rule: Name }),
    ]);
    const pattern: unknown = rule.EventPattern ? JSON.parse(rule.EventPattern) : undefined;
    return {
      name: Name,
      arn: rule.Arn ?? "",
      enabled: rule.State?.startsWith("ENABLED") ?? false,
      pattern: pattern as LiveRule["pattern"],
      toTopic: (targets.Targets ?? []).some((target) => target.Arn === topicArn),
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A job's end as Glue tells it. */
const eventOf = (ctx: AwsContext, jobName: string, state: string): Readonly<Record<string, unknown>> => ({
  version: "0",
  id: "00000000-0000-0000-0000-000000000000",
  source: "aws.glue",
  "detail-type": "Glue Job State Change",
  account: ctx.account,
  region: ctx.region,
  time: new Date(ctx.clock.now()).toISOString(),
  resources: [],
  detail: { jobName, severity: "ERROR", state, jobRunId: "jr_0", message: "" },
});

/** Why the topic does not take what the rule sends, or undefined. */
const topicRefuses = (ctx: AwsContext, topic: Topic, topicArn: string, rule: LiveRule): string | undefined =>
  lockedByKey(topic) ??
  refusal(topic.policy, {
    service: "events.amazonaws.com",
    action: "sns:Publish",
    resource: topicArn,
    context: { "aws:sourcearn": rule.arn, "aws:sourceaccount": ctx.account, "aws:securetransport": "true" },
  });

function cover(
  ctx: AwsContext,
  wiring: Wiring,
  rules: readonly LiveRule[],
  topic: Topic,
  job: { readonly key: string; readonly name: string },
  state: AlertCover["state"],
): AlertCover {
  const event = eventOf(ctx, job.name, state);
  const found = { type: "alert", job: job.key, name: job.name, state } as const;
  const stop = (why: string, names: readonly LiveRule[] = []): AlertCover => ({
    ...found,
    ok: false,
    rules: names.map((rule) => rule.name),
    reaches: [],
    why,
  });
  const taking = rules.filter((rule) => rule.toTopic && rule.pattern && matches(rule.pattern, event));
  if (taking.length === 0) return stop("no rule takes it to the topic");
  const enabled = taking.filter((rule) => rule.enabled);
  if (enabled.length === 0) return stop(`the rule ${taking[0]?.name ?? ""} is disabled`, taking);
  const refusals = enabled.map((rule) => topicRefuses(ctx, topic, wiring.outputs.topic.arn, rule));
  const through = enabled.filter((_, at) => refusals[at] === undefined);
  if (through.length === 0) return stop(`the topic refuses it: ${refusals[0] ?? ""}`, enabled);
  const reaches = topic.subscribers.filter((one) => one.confirmed && one.deaf === undefined);
  if (reaches.length === 0) return stop(nobody(topic), through);
  return {
    ...found,
    ok: true,
    rules: through.map((rule) => rule.name),
    reaches: reaches.map((one) => one.endpoint),
    why: null,
  };
}

/** Why the topic has nobody to tell. */
export function nobody(topic: Topic): string {
  if (topic.subscribers.length === 0) return "nobody is subscribed to the topic";
  const deaf = topic.subscribers.find((one) => one.deaf !== undefined);
  if (deaf) return `${deaf.endpoint}: ${deaf.deaf ?? ""}`;
  const pending = topic.subscribers.filter((one) => !one.confirmed).map((one) => one.endpoint);
  return `nobody has confirmed: ${pending.join(", ")}`;
}

function fixOf(ctx: AwsContext, topic: Topic | undefined, missing: readonly AlertCover[]): string | null {
  const why = missing[0]?.why;
  if (!why) return null;
  if (!topic || /no rule|disabled|refuses/.test(why)) return `metriccare apply --env ${ctx.env}`;
  if (topic.subscribers.length === 0) return "name somebody under alerts.subscriptions in the config, then apply";
  return /confirmed/.test(why)
    ? "open the confirmation mail of AWS and follow its link; mails expire after three days, apply sends new ones"
    : "take the filter policy off the subscription";
}

/**
 * Proves from what is live that each failure state of each job reaches a confirmed subscriber: the rule's pattern against
 * the event, its targets, the topic's policy and key, the subscriptions. With `send`, one test message goes out too.
 */
export async function* testAlerts(
  ctx: AwsContext,
  wiring: Wiring,
  options: { readonly send?: boolean } = {},
): AsyncGenerator<AlertsEvent> {
  const { outputs } = wiring;
  const topic = await readTopic(ctx, outputs.topic.arn).catch((error: unknown) => {
    if (isAbsent(error) || errorName(error) === "NotFound") return undefined;
    throw error;
  });
  if (!topic)
    throw new OperateProblem(
      "no_topic",
      `The topic ${outputs.topic.name} does not exist in ${ctx.account}, ${ctx.region}`,
      command(ctx, "apply"),
      "user",
      outputs.topic.name,
    );
  const names = await ruleNames(ctx, wiring);
  const found = await Promise.all(names.map((name) => readRule(ctx, name, outputs.topic.arn)));
  const rules = found.filter((rule) => rule !== undefined);
  const missing: AlertCover[] = [];
  let covered = 0;
  for (const [key, job] of Object.entries(outputs.jobs))
    for (const state of BAD_STATES) {
      const one = cover(ctx, wiring, rules, topic, { key, name: job.name }, state);
      if (one.ok) covered++;
      else missing.push(one);
      yield one;
    }
  const sent = options.send ? await sendTest(ctx, outputs.topic.arn) : null;
  yield {
    type: "finished",
    ok: missing.length === 0,
    covered,
    missing: missing.length,
    confirmed: topic.subscribers.filter((one) => one.confirmed).map((one) => one.endpoint),
    pending: topic.subscribers.filter((one) => !one.confirmed).map((one) => one.endpoint),
    sent,
    fix: fixOf(ctx, topic, missing),
  };
}

async function sendTest(ctx: AwsContext, TopicArn: string): Promise<string> {
  const sns = await ctx.clients.of(snsClient);
  const answer = await sns.publish({
    TopicArn,
    Subject: `${ctx.project} ${ctx.env}: test of the alerts`,
    Message: `This is a test of the alerts of ${ctx.project} in the environment ${ctx.env}. Nothing failed. Sent by: metriccare alerts test --send --env ${ctx.env}`,
  });
  return answer.MessageId ?? "";
}
