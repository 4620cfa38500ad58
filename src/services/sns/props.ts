import type { PolicyStatement } from "../iam/props.ts";

export interface SubscriptionProps {
  readonly rawMessageDelivery: boolean;
  readonly filterPolicy: Readonly<Record<string, unknown>> | null;
  /** What the filter looks at; absent: attributes of messages. */
  readonly filterPolicyScope?: "MessageBody";
  /** ARN of the queue for what could not be delivered. */
  readonly redriveArn?: string;
  readonly deliveryPolicy?: Readonly<Record<string, unknown>>;
  readonly replayPolicy?: Readonly<Record<string, unknown>>;
  /** Of a firehose subscription: the role under which SNS delivers. */
  readonly roleArn?: string;
  /** Only read back: the endpoint has not confirmed yet, and its settings cannot be seen. */
  readonly pending?: true;
}

/** What SNS writes of deliveries, and under which roles. */
export interface Feedback {
  readonly successRole?: string;
  readonly successSampleRate?: number;
  readonly failureRole?: string;
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
  readonly deliveryPolicy?: Readonly<Record<string, unknown>>;
  readonly fifo?: boolean;
  readonly contentBasedDeduplication?: boolean;
  readonly fifoThroughputScope?: "Topic" | "MessageGroup";
  /** Days that a FIFO topic keeps messages for a replay. */
  readonly archiveDays?: number;
  readonly signatureVersion?: "1" | "2";
  readonly tracing?: "PassThrough" | "Active";
  readonly feedback?: Readonly<Partial<Record<"http" | "lambda" | "sqs" | "application" | "firehose", Feedback>>>;
}
