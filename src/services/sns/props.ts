import type { PolicyStatement } from "../iam/props.ts";

export interface SubscriptionProps {
  readonly rawMessageDelivery: boolean;
  readonly filterPolicy: Readonly<Record<string, unknown>> | null;
  /** Of a firehose subscription: the role under which SNS delivers. */
  readonly roleArn?: string;
  /** Only read back: the endpoint has not confirmed yet, and its settings cannot be seen. */
  readonly pending?: true;
}

/** Address: `name` is the topic's name. Handle: its ARN. */
export interface TopicProps {
  readonly displayName: string;
  readonly kmsKey: string | null;
  /**
   * Our own statements by key (`[A-Za-z0-9]+`), without `Sid`: in the policy their Sid is `Metriccare<key>`. Other people's
   * statements stay. `topicStatements` (policy.ts) makes the usual two.
   */
  readonly statements: Readonly<Record<string, PolicyStatement>>;
  /** By `<protocol>:<endpoint>`: `email:team@example.org`. Other people's subscriptions stay. */
  readonly subscriptions: Readonly<Record<string, SubscriptionProps>>;
}
