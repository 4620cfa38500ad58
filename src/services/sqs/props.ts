import type { PolicyStatement } from "../iam/props.ts";

/** Where messages go that were received too often: a queue's ARN. */
export interface Redrive {
  readonly queueArn: string;
  /** 1 to 1,000. */
  readonly maxReceives: number;
}

/** Which queues may leave their messages here. */
export interface RedriveAllow {
  readonly permission: "allowAll" | "denyAll" | "byQueue";
  readonly queueArns?: readonly string[];
}

/** Address: `name` is the queue's name. Handle: its ARN. */
export interface QueueProps {
  /** `sqs`: SQS's own key; `none`: only ever read back; else a KMS key. */
  readonly encryption: string;
  readonly retentionSeconds: number;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  /** How long a receive waits for a message when it does not say so itself. */
  readonly waitSeconds: number;
  readonly maxMessageBytes: number;
  readonly redrive: Redrive | null;
  readonly redriveAllow?: RedriveAllow;
  readonly kmsReuseSeconds?: number;
  readonly fifo?: boolean;
  readonly contentBasedDeduplication?: boolean;
  readonly deduplicationScope?: "messageGroup" | "queue";
  readonly fifoThroughputLimit?: "perQueue" | "perMessageGroupId";
  /** Our own statements by key; in the policy their Sid is `Metriccare<key>`. Other people's statements stay. */
  readonly statements: Readonly<Record<string, PolicyStatement>>;
}
