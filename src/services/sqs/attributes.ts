import { type QueueAttributeName } from "@aws-sdk/client-sqs";
import { type Coverage, ignored } from "../coverage.ts";
import { given, orNull } from "../kit.ts";
import { ourStatements, parsePolicy } from "../statements.ts";
import type { QueueProps, Redrive, RedriveAllow } from "./props.ts";

/** SQS's own key, free of charge. */
export const SSE_SQS = "sqs";
/** Messages lie there as they came. */
export const NO_SSE = "none";

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
  RedriveAllowPolicy: "managed",
  MessageRetentionPeriod: "managed",
  VisibilityTimeout: "managed",
  DelaySeconds: "managed",
  ReceiveMessageWaitTimeSeconds: "managed",
  MaximumMessageSize: "managed",
  KmsMasterKeyId: "managed",
  SqsManagedSseEnabled: "managed",
  KmsDataKeyReusePeriodSeconds: "managed",
  FifoQueue: "managed",
  FifoThroughputLimit: "managed",
  ContentBasedDeduplication: "managed",
  DeduplicationScope: "managed",
} satisfies Coverage<{ readonly [K in QueueAttributeName]: string }>;

export type Attributes = Readonly<Partial<Record<string, string>>>;

const redriveOf = (text: string | undefined): Redrive | null => {
  const policy = text ? (JSON.parse(text) as { deadLetterTargetArn?: string; maxReceiveCount?: number | string }) : {};
  if (policy.deadLetterTargetArn === undefined) return null;
  // A number in AWS's documentation, a text in what some tools wrote.
  return { queueArn: policy.deadLetterTargetArn, maxReceives: Number(policy.maxReceiveCount) };
};

const permissionOf = (text: unknown): RedriveAllow["permission"] =>
  text === "denyAll" || text === "byQueue" ? text : "allowAll";

function redriveAllowOf(text: string | undefined): RedriveAllow | undefined {
  if (!text) return undefined;
  const policy = JSON.parse(text) as { redrivePermission?: string; sourceQueueArns?: readonly string[] };
  return {
    permission: permissionOf(policy.redrivePermission),
    ...(policy.sourceQueueArns?.length ? { queueArns: policy.sourceQueueArns } : {}),
  };
}

/** What only FIFO queues have, and what nobody need set: absent where SQS does not answer it. */
function optionalOf(of: Attributes): Partial<QueueProps> {
  const scope = of["DeduplicationScope"];
  const limit = of["FifoThroughputLimit"];
  const reuse = of["KmsDataKeyReusePeriodSeconds"];
  return {
    ...given("redriveAllow", redriveAllowOf(of["RedriveAllowPolicy"])),
    ...(reuse ? { kmsReuseSeconds: Number(reuse) } : {}),
    fifo: of["FifoQueue"] === "true",
    ...(of["ContentBasedDeduplication"]
      ? { contentBasedDeduplication: of["ContentBasedDeduplication"] === "true" }
      : {}),
    ...(scope === "messageGroup" || scope === "queue" ? { deduplicationScope: scope } : {}),
    ...(limit === "perQueue" || limit === "perMessageGroupId" ? { fifoThroughputLimit: limit } : {}),
  };
}

/** Values behind `??` are what SQS does when nothing was set. */
export const propsOf = (of: Attributes): QueueProps => ({
  encryption: orNull(of["KmsMasterKeyId"]) ?? (of["SqsManagedSseEnabled"] === "true" ? SSE_SQS : NO_SSE),
  retentionSeconds: Number(of["MessageRetentionPeriod"] ?? 345_600),
  visibilitySeconds: Number(of["VisibilityTimeout"] ?? 30),
  delaySeconds: Number(of["DelaySeconds"] ?? 0),
  waitSeconds: Number(of["ReceiveMessageWaitTimeSeconds"] ?? 0),
  maxMessageBytes: Number(of["MaximumMessageSize"] ?? 1_048_576),
  redrive: redriveOf(of["RedrivePolicy"]),
  statements: ourStatements(parsePolicy(of["Policy"])),
  ...optionalOf(of),
});

/** The two kinds of encryption exclude each other: one is put by taking the other off. */
const encryptionOf = (encryption: string, fresh: boolean): Record<string, string> =>
  encryption === NO_SSE
    ? { ...(fresh ? {} : { KmsMasterKeyId: "" }), SqsManagedSseEnabled: "false" }
    : encryption === SSE_SQS
      ? { ...(fresh ? {} : { KmsMasterKeyId: "" }), SqsManagedSseEnabled: "true" }
      : { ...(fresh ? {} : { SqsManagedSseEnabled: "false" }), KmsMasterKeyId: encryption };

const redriveText = (redrive: Redrive | null): string =>
  redrive ? JSON.stringify({ deadLetterTargetArn: redrive.queueArn, maxReceiveCount: redrive.maxReceives }) : "";

const allowText = ({ permission, queueArns }: RedriveAllow): string =>
  JSON.stringify({ redrivePermission: permission, ...(queueArns ? { sourceQueueArns: queueArns } : {}) });

/** What puts back SQS's own, of a setting that the config names no more. */
const BACK = {
  redriveAllow: JSON.stringify({ redrivePermission: "allowAll" }),
  kmsReuseSeconds: "300",
  contentBasedDeduplication: "false",
  deduplicationScope: "queue",
  fifoThroughputLimit: "perQueue",
} as const;

/** Optional settings as SQS takes them. That a queue is FIFO is said when it is made, and never again. */
function optionalTo(props: QueueProps, changed: (key: string) => boolean, fresh: boolean): Record<string, string> {
  const named = (key: keyof QueueProps): boolean => changed(key) && (!fresh || props[key] !== undefined);
  return {
    ...(fresh && props.fifo ? { FifoQueue: "true" } : {}),
    ...(named("redriveAllow")
      ? { RedriveAllowPolicy: props.redriveAllow ? allowText(props.redriveAllow) : BACK.redriveAllow }
      : {}),
    ...(named("kmsReuseSeconds")
      ? { KmsDataKeyReusePeriodSeconds: String(props.kmsReuseSeconds ?? BACK.kmsReuseSeconds) }
      : {}),
    ...(named("contentBasedDeduplication")
      ? { ContentBasedDeduplication: String(props.contentBasedDeduplication ?? BACK.contentBasedDeduplication) }
      : {}),
    ...(named("deduplicationScope") ? { DeduplicationScope: props.deduplicationScope ?? BACK.deduplicationScope } : {}),
    ...(named("fifoThroughputLimit")
      ? { FifoThroughputLimit: props.fifoThroughputLimit ?? BACK.fifoThroughputLimit }
      : {}),
  };
}

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
  ...optionalTo(props, changed, fresh),
  ...(changed("redrive") && !(fresh && props.redrive === null) ? { RedrivePolicy: redriveText(props.redrive) } : {}),
});
