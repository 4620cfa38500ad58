import type { AwsContext } from "../../aws/context.ts";
import { snsClient } from "../../services/sns/client.ts";

/** Who is told by the alert topic. */
interface Subscriber {
  /** `email:team@hospital.example` */
  readonly endpoint: string;
  readonly confirmed: boolean;
  /** Why what a rule sends does not reach it, although it is confirmed. */
  readonly deaf?: string;
}

export interface Topic {
  readonly policy: string | undefined;
  readonly kmsKey: string | undefined;
  readonly subscribers: readonly Subscriber[];
}

/** The topic's policy and key, and everybody who is subscribed to it. */
export async function readTopic(ctx: AwsContext, TopicArn: string): Promise<Topic> {
  const sns = await ctx.clients.of(snsClient);
  const { Attributes = {} } = await sns.getTopicAttributes({ TopicArn });
  const subscribers: Subscriber[] = [];
  let token: string | undefined;
  do {
    const page = await sns.listSubscriptionsByTopic({ TopicArn, ...(token ? { NextToken: token } : {}) });
    for (const { Protocol = "", Endpoint = "", SubscriptionArn } of page.Subscriptions ?? []) {
      const endpoint = `${Protocol}:${Endpoint}`;
      if (!SubscriptionArn?.startsWith("arn:")) subscribers.push({ endpoint, confirmed: false });
      else subscribers.push(await confirmed(ctx, endpoint, SubscriptionArn));
    }
    token = page.NextToken;
  } while (token);
  return { policy: Attributes["Policy"], kmsKey: Attributes["KmsMasterKeyId"] || undefined, subscribers };
}

async function confirmed(ctx: AwsContext, endpoint: string, SubscriptionArn: string): Promise<Subscriber> {
  const sns = await ctx.clients.of(snsClient);
  const { Attributes = {} } = await sns.getSubscriptionAttributes({ SubscriptionArn });
  if (Attributes["PendingConfirmation"] === "true") return { endpoint, confirmed: false };
  const filter = Attributes["FilterPolicy"];
  // EventBridge publishes text without message attributes: a filter on them, or on fields of a JSON body, lets nothing by.
  return filter && filter !== "{}"
    ? { endpoint, confirmed: true, deaf: "its filter policy lets no alert through" }
    : { endpoint, confirmed: true };
}

/** SNS's own key belongs to AWS: its policy lets EventBridge in nowhere. */
export const lockedByKey = (topic: Topic): string | undefined =>
  topic.kmsKey && topic.kmsKey.endsWith("alias/aws/sns")
    ? "the topic is encrypted with alias/aws/sns, which EventBridge may not use"
    : undefined;
