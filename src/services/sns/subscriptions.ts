import { createHash } from "node:crypto";
import type { Subscription } from "@aws-sdk/client-sns";
import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, errorCode, mapDelta, pages, sameJson } from "../kit.ts";
import type { SubscriptionProps } from "./props.ts";
import { snsClient } from "./client.ts";

/**
 * A subscription has no tags and no id of our choosing. Which of a topic's subscriptions are ours is therefore a tag on
 * the topic: short hashes of `<protocol>:<endpoint>`. All others are other people's and stay.
 */
export const SUBSCRIPTIONS_TAG = "metriccare:subscriptions";

type Subscriptions = Readonly<Record<string, SubscriptionProps>>;

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 8);

/** Value of the tag for these subscriptions. 28 fit into a tag's 256 characters. */
export const subscriptionsMark = (keys: readonly string[]): string =>
  [...new Set(keys.map(hashOf))].toSorted().join(" ");

const keyOf = ({ Protocol = "", Endpoint = "" }: Subscription): string => `${Protocol}:${Endpoint}`;

/** Listed with this word in place of its ARN until the endpoint has confirmed. */
const isPending = (arn: string | undefined): boolean => !arn?.startsWith("arn:");

export interface Found {
  readonly key: string;
  /** Undefined while the endpoint has not confirmed. */
  readonly arn: string | undefined;
}

/** All subscriptions of the topic. */
export async function listSubscriptions(ctx: AwsContext, TopicArn: string): Promise<readonly Found[]> {
  const sns = await ctx.clients.of(snsClient);
  const all = await pages(
    (NextToken?: string) => sns.listSubscriptionsByTopic({ TopicArn, ...(NextToken ? { NextToken } : {}) }),
    (page) => page.NextToken,
  );
  return all
    .flatMap((page) => page.Subscriptions ?? [])
    .map((found) => ({ key: keyOf(found), arn: isPending(found.SubscriptionArn) ? undefined : found.SubscriptionArn }));
}

/** Those of `found` that `mark` says are ours, with their settings. One that nobody confirmed yet counts as asked for. */
export async function ourSubscriptions(
  ctx: AwsContext,
  found: readonly Found[],
  mark: string | undefined,
): Promise<Subscriptions> {
  const marks = new Set((mark ?? "").split(" "));
  const ours = found.filter(({ key }) => marks.has(hashOf(key)));
  const settings = await Promise.all(ours.map(({ arn }) => (arn ? settingsOf(ctx, arn) : PENDING)));
  return Object.fromEntries(
    ours.flatMap(({ key }, index) => (settings[index] ? [[key, settings[index]] as const] : [])),
  );
}

const PENDING: SubscriptionProps = { rawMessageDelivery: false, filterPolicy: null, pending: true };

const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

const jsonFrom = (key: "deliveryPolicy" | "replayPolicy", text: string | undefined) =>
  text && text !== "{}" && text !== "null" ? { [key]: parsed(text) } : {};

function redriveFrom(text: string | undefined): Pick<SubscriptionProps, "redriveArn"> {
  const target = text ? parsed(text)["deadLetterTargetArn"] : undefined;
  return typeof target === "string" ? { redriveArn: target } : {};
}

/** Attributes of a subscription beside whether it is raw; what is not wanted is the empty one. */
const attributesOf = (wanted: SubscriptionProps) => ({
  // Before the filter: SNS judges one by the other.
  FilterPolicyScope: wanted.filterPolicyScope ?? "MessageAttributes",
  // An empty policy takes everything: the way to switch a filter off.
  FilterPolicy: JSON.stringify(wanted.filterPolicy ?? {}),
  RedrivePolicy: wanted.redriveArn ? JSON.stringify({ deadLetterTargetArn: wanted.redriveArn }) : "",
  DeliveryPolicy: wanted.deliveryPolicy ? JSON.stringify(wanted.deliveryPolicy) : "",
  ReplayPolicy: wanted.replayPolicy ? JSON.stringify(wanted.replayPolicy) : "",
});

async function settingsOf(ctx: AwsContext, SubscriptionArn: string): Promise<SubscriptionProps> {
  const sns = await ctx.clients.of(snsClient);
  const { Attributes = {} } = await sns.getSubscriptionAttributes({ SubscriptionArn });
  const filter = Attributes["FilterPolicy"];
  return {
    rawMessageDelivery: Attributes["RawMessageDelivery"] === "true",
    filterPolicy: filter && filter !== "{}" ? (JSON.parse(filter) as Record<string, unknown>) : null,
    ...(filter && filter !== "{}" && Attributes["FilterPolicyScope"] === "MessageBody"
      ? { filterPolicyScope: "MessageBody" as const }
      : {}),
    ...redriveFrom(Attributes["RedrivePolicy"]),
    ...jsonFrom("deliveryPolicy", Attributes["DeliveryPolicy"]),
    ...jsonFrom("replayPolicy", Attributes["ReplayPolicy"]),
    ...(Attributes["SubscriptionRoleArn"] ? { roleArn: Attributes["SubscriptionRoleArn"] } : {}),
  };
}

/** Pending subscriptions have no settings to compare: never a difference. */
const sameSubscription = (live: SubscriptionProps, wanted: SubscriptionProps): boolean =>
  live.pending === true || sameJson(live, wanted);

/** Two maps of subscriptions that mean the same. */
export function sameSubscriptions(live: unknown, wanted: unknown): boolean {
  const { put, drop } = mapDelta((live ?? {}) as Subscriptions, (wanted ?? {}) as Subscriptions, sameSubscription);
  return put.length === 0 && drop.length === 0;
}

/** Subscribes what is new, changes what differs, and unsubscribes what is ours and no longer wanted. */
export async function* subscriptionCalls(
  ctx: AwsContext,
  TopicArn: string,
  live: Subscriptions,
  wanted: Subscriptions,
): AsyncIterable<Call> {
  const { put, drop } = mapDelta(live, wanted, sameSubscription);
  if (put.length === 0 && drop.length === 0) return;
  const present = new Map((await listSubscriptions(ctx, TopicArn)).map(({ key, arn }) => [key, arn]));
  for (const [key, settings] of put) {
    const arn = present.get(key);
    if (arn) yield* settingCalls(ctx, arn, live[key], settings);
    else yield call("sns:Subscribe", () => subscribe(ctx, TopicArn, key, settings));
  }
  for (const key of drop) {
    const arn = present.get(key);
    // One that nobody confirmed cannot be unsubscribed: it goes by itself after about three days.
    if (arn) yield call("sns:Unsubscribe", () => unsubscribe(ctx, arn));
  }
}

async function subscribe(ctx: AwsContext, TopicArn: string, key: string, settings: SubscriptionProps): Promise<void> {
  const colon = key.indexOf(":");
  await (
    await ctx.clients.of(snsClient)
  ).subscribe({
    TopicArn,
    Protocol: key.slice(0, colon),
    Endpoint: key.slice(colon + 1),
    ReturnSubscriptionArn: true,
    Attributes: {
      ...(settings.rawMessageDelivery ? { RawMessageDelivery: "true" } : {}),
      ...differing(PLAIN, settings),
      ...(settings.roleArn ? { SubscriptionRoleArn: settings.roleArn } : {}),
    },
  });
}

const PLAIN: SubscriptionProps = { rawMessageDelivery: false, filterPolicy: null };

/** Attributes on which two differ, as the second has them. */
function differing(live: SubscriptionProps, wanted: SubscriptionProps): Record<string, string> {
  const before: Readonly<Record<string, string>> = attributesOf(live);
  return Object.fromEntries(Object.entries(attributesOf(wanted)).filter(([name, value]) => before[name] !== value));
}

function* settingCalls(
  ctx: AwsContext,
  SubscriptionArn: string,
  live: SubscriptionProps | undefined,
  wanted: SubscriptionProps,
): Iterable<Call> {
  const set = (AttributeName: string, AttributeValue: string): Call =>
    call("sns:SetSubscriptionAttributes", async () =>
      (await ctx.clients.of(snsClient)).setSubscriptionAttributes({ SubscriptionArn, AttributeName, AttributeValue }),
    );
  if (live?.rawMessageDelivery !== wanted.rawMessageDelivery)
    yield set("RawMessageDelivery", String(wanted.rawMessageDelivery));
  for (const [name, value] of Object.entries(differing(live ?? PLAIN, wanted))) yield set(name, value);
  if (wanted.roleArn !== undefined && live?.roleArn !== wanted.roleArn)
    yield set("SubscriptionRoleArn", wanted.roleArn);
}

async function unsubscribe(ctx: AwsContext, SubscriptionArn: string): Promise<void> {
  try {
    await (await ctx.clients.of(snsClient)).unsubscribe({ SubscriptionArn });
  } catch (error) {
    const pending =
      errorCode(error) === "InvalidParameter" && error instanceof Error && /pending confirmation/i.test(error.message);
    if (!pending && errorCode(error) !== "NotFound") throw error;
  }
}
