import { type QueueAttributeName } from "@aws-sdk/client-sqs";
import { type Coverage, ignored } from "../coverage.ts";
import { orNull } from "../kit.ts";
import { ourStatements, parsePolicy } from "../statements.ts";
import type { QueueProps, Redrive } from "./props.ts";

/** SQS's own key, free of charge. */
export const SSE_SQS = "sqs";

const fifo = ignored("only FIFO queues have it");
const count = ignored("what lies in it is data, not its definition");

/** One drawer for every name of the SDK's enum of attributes. */
export const coverage = {
  All: ignored("no attribute: asks for all of them"),
  QueueArn: "identity",
  CreatedTimestamp: "server",
  LastModifiedTimestamp: "server",
  ApproximateNumberOfMessages: count,
  ApproximateNumberOfMessagesDelayed: count,
  ApproximateNumberOfMessagesNotVisible: count,
  Policy: "managed",
  RedrivePolicy: "managed",
  RedriveAllowPolicy: ignored("who may use it as a dead-letter queue follows from their rights in this account"),
  MessageRetentionPeriod: "managed",
  VisibilityTimeout: "managed",
  DelaySeconds: "managed",
  ReceiveMessageWaitTimeSeconds: "managed",
  MaximumMessageSize: "managed",
  KmsMasterKeyId: "managed",
  SqsManagedSseEnabled: "managed",
  KmsDataKeyReusePeriodSeconds: ignored("AWS's five minutes are kept"),
  FifoQueue: fifo,
  FifoThroughputLimit: fifo,
  ContentBasedDeduplication: fifo,
  DeduplicationScope: fifo,
} satisfies Coverage<{ readonly [K in QueueAttributeName]: string }>;

export type Attributes = Readonly<Partial<Record<string, string>>>;

const redriveOf = (text: string | undefined): Redrive | null => {
  const policy = text ? (JSON.parse(text) as { deadLetterTargetArn?: string; maxReceiveCount?: number | string }) : {};
  if (policy.deadLetterTargetArn === undefined) return null;
  // A number in AWS's documentation, a text in what some tools wrote.
  return { queueArn: policy.deadLetterTargetArn, maxReceives: Number(policy.maxReceiveCount) };
};

/** Values behind `??` are what SQS does when nothing was set. */
export const propsOf = (of: Attributes): QueueProps => ({
  encryption: orNull(of["KmsMasterKeyId"]) ?? (of["SqsManagedSseEnabled"] === "true" ? SSE_SQS : "none"),
  retentionSeconds: Number(of["MessageRetentionPeriod"] ?? 345_600),
  visibilitySeconds: Number(of["VisibilityTimeout"] ?? 30),
  delaySeconds: Number(of["DelaySeconds"] ?? 0),
  waitSeconds: Number(of["ReceiveMessageWaitTimeSeconds"] ?? 0),
  maxMessageBytes: Number(of["MaximumMessageSize"] ?? 1_048_576),
  redrive: redriveOf(of["RedrivePolicy"]),
  statements: ourStatements(parsePolicy(of["Policy"])),
});

/** The two kinds of encryption exclude each other: one is put by taking the other off. */
const encryptionOf = (encryption: string, fresh: boolean): Record<string, string> =>
  encryption === SSE_SQS
    ? { ...(fresh ? {} : { KmsMasterKeyId: "" }), SqsManagedSseEnabled: "true" }
    : { ...(fresh ? {} : { SqsManagedSseEnabled: "false" }), KmsMasterKeyId: encryption };

const redriveText = (redrive: Redrive | null): string =>
  redrive ? JSON.stringify({ deadLetterTargetArn: redrive.queueArn, maxReceiveCount: redrive.maxReceives }) : "";

/** The attributes of a prop as SQS takes them; the policy is merged by its own call. `fresh`: the queue is being made. */
export const attributesOf = (
  props: QueueProps,
  changed: (key: string) => boolean,
  fresh: boolean,
): Record<string, string> => ({
  ...(changed("encryption") ? encryptionOf(props.encryption, fresh) : {}),
  ...(changed("retentionSeconds") ? { MessageRetentionPeriod: String(props.retentionSeconds) } : {}),
  ...(changed("visibilitySeconds") ? { VisibilityTimeout: String(props.visibilitySeconds) } : {}),
  ...(changed("delaySeconds") ? { DelaySeconds: String(props.delaySeconds) } : {}),
  ...(changed("waitSeconds") ? { ReceiveMessageWaitTimeSeconds: String(props.waitSeconds) } : {}),
  ...(changed("maxMessageBytes") ? { MaximumMessageSize: String(props.maxMessageBytes) } : {}),
  ...(changed("redrive") && !(fresh && props.redrive === null) ? { RedrivePolicy: redriveText(props.redrive) } : {}),
});
