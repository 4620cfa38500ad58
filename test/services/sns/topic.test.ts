import { expect, test } from "vitest";
import { nameOf } from "../../../src/aws/arn.ts";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address, Live } from "../../../src/engine/types.ts";
import { topic } from "../../../src/services/sns/topic.ts";
import type { TopicProps } from "../../../src/services/sns/props.ts";
import { topicStatements } from "../../../src/services/sns/policy.ts";
import { useEmulator } from "../../harness/use.ts";
import { send } from "../../kind-suite/drive.ts";
import { snsClient } from "../../../src/services/sns/client.ts";
import { snsArn } from "../../../src/services/sns/arn.ts";
import { eventsArn } from "../../../src/services/events/arn.ts";

const used = useEmulator();
const PLAIN = { rawMessageDelivery: false, filterPolicy: null };
const queue = (name: string): string => `sqs:arn:aws:sqs:us-east-1:123456789012:${name}`;

async function made(
  ctx: AwsContext,
  subscriptions: TopicProps["subscriptions"],
): Promise<{ address: Address; live: Live<TopicProps> }> {
  const address = { kind: "sns.topic", id: "alerts", name: nameOf(ctx, "alerts") };
  const statements = topicStatements(snsArn.topic(ctx, address.name), ctx.account, []);
  const props = { displayName: "", kmsKey: null, statements, subscriptions };
  await send(topic.create(ctx, { address, props, tags: { "metriccare:owner": ctx.owner } }));
  return { address, live: await read(ctx, address) };
}

async function read(ctx: AwsContext, address: Address): Promise<Live<TopicProps>> {
  const live = (await topic.read(ctx, [address])).get(address.name);
  if (!live) throw new Error("no topic");
  return live;
}

async function endpoints(ctx: AwsContext, address: Address): Promise<string[]> {
  const sns = await ctx.clients.of(snsClient);
  const { Subscriptions = [] } = await sns.listSubscriptionsByTopic({ TopicArn: snsArn.topic(ctx, address.name) });
  return Subscriptions.map(({ Protocol, Endpoint }) => `${Protocol}:${Endpoint}`).toSorted();
}

test("a subscription that is no longer declared goes, somebody else's stays and is no difference", async () => {
  const ctx = used.world();
  const { address } = await made(ctx, { [queue("ours")]: PLAIN, [queue("dropped")]: PLAIN });
  const sns = await ctx.clients.of(snsClient);
  const [Protocol = "", ...rest] = queue("theirs").split(":");
  await sns.subscribe({ TopicArn: snsArn.topic(ctx, address.name), Protocol, Endpoint: rest.join(":") });
  const live = await read(ctx, address);
  expect(Object.keys(live.props.subscriptions).toSorted()).toEqual([queue("dropped"), queue("ours")]);
  expect(live.tags).toEqual({ "metriccare:owner": ctx.owner });
  const props = { ...live.props, subscriptions: { [queue("ours")]: PLAIN } };
  await send(topic.update(ctx, { address, props, tags: {}, live, changed: new Set(["subscriptions"]) }));
  expect(await endpoints(ctx, address)).toEqual([queue("ours"), queue("theirs")]);
  expect((await read(ctx, address)).props.subscriptions).toEqual({ [queue("ours")]: PLAIN });
});

test("other people's policy statements stay when ours change", async () => {
  const ctx = used.world();
  const { address, live } = await made(ctx, {});
  const sns = await ctx.clients.of(snsClient);
  const TopicArn = snsArn.topic(ctx, address.name);
  const policy = async (): Promise<{ Statement: { Sid?: string }[] }> =>
    JSON.parse((await sns.getTopicAttributes({ TopicArn })).Attributes?.["Policy"] ?? "") as {
      Statement: { Sid?: string }[];
    };
  const sids = async (): Promise<unknown[]> => (await policy()).Statement.map(({ Sid }) => Sid);
  const before = await sids();
  expect(before).toContain("MetriccareTlsOnly");
  const statements = topicStatements(TopicArn, ctx.account, [
    { service: "events.amazonaws.com", arn: eventsArn.rule(ctx, "failure") },
  ]);
  const props = { ...live.props, statements };
  await send(topic.update(ctx, { address, props, tags: {}, live, changed: new Set(["statements"]) }));
  expect((await sids()).toSorted()).toEqual([...before, "MetriccareRules"].toSorted());
});

/** SNS lists an endpoint that has not confirmed without an ARN; no emulator does. */
const pending = (topicArn: string): string =>
  `<ListSubscriptionsByTopicResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListSubscriptionsByTopicResult><Subscriptions><member><SubscriptionArn>PendingConfirmation</SubscriptionArn><Owner>123456789012</Owner><Protocol>email</Protocol><Endpoint>team@example.org</Endpoint><TopicArn>${topicArn}</TopicArn></member></Subscriptions></ListSubscriptionsByTopicResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></ListSubscriptionsByTopicResponse>`;

test("an e-mail that nobody confirmed yet is no difference, and does not stop a destroy", async () => {
  const ctx = used.world();
  const wanted = { "email:team@example.org": { rawMessageDelivery: false, filterPolicy: { state: ["FAILED"] } } };
  const { address } = await made(ctx, wanted);
  const body = pending(snsArn.topic(ctx, address.name));
  used.proxy.refuse(({ body: sent }) =>
    sent.includes("Action=ListSubscriptionsByTopic") ? { status: 200, type: "text/xml", body } : undefined,
  );
  const live = await read(ctx, address);
  expect(live.props.subscriptions["email:team@example.org"]?.pending).toBe(true);
  expect(topic.fields?.subscriptions?.equal?.(live.props.subscriptions, wanted)).toBe(true);
  expect(topic.fields?.subscriptions?.equal?.(live.props.subscriptions, {})).toBe(false);
  // Neither is it unsubscribed: AWS refuses that until it is confirmed.
  const none = { ...live.props, subscriptions: {} };
  const change = { address, props: none, tags: {}, live, changed: new Set(["subscriptions"]) };
  expect(await send(topic.update(ctx, change))).toEqual(["sns:TagResource"]);
  expect(await send(topic.delete(ctx, address, live))).toEqual(["sns:DeleteTopic"]);
});

test("what SNS would refuse is found before it is sent", () => {
  const address = { kind: "sns.topic", id: "alerts", name: "alerts" };
  const codes = (subscriptions: TopicProps["subscriptions"]): string[] =>
    (topic.lint?.(address, { displayName: "", kmsKey: null, statements: {}, subscriptions }) ?? []).map(
      ({ code }) => code,
    );
  expect(codes({ "email:team@example.org": PLAIN })).toEqual([]);
  expect(codes({ "mail:team@example.org": PLAIN })).toEqual(["subscription_protocol"]);
  expect(codes({ "email:team": PLAIN })).toEqual(["subscription_endpoint"]);
});
