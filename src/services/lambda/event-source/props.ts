import type { EventSourcePosition } from "@aws-sdk/client-lambda";

/** Settings that an event source need not name. */
export interface EventSourceSettings {
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly bisectOnError: boolean;
  readonly parallelization: number;
  /** -1 keeps trying. */
  readonly maxRecordAgeSeconds: number;
  /** -1 keeps trying. */
  readonly maxRetryAttempts: number;
  readonly tumblingWindowSeconds: number;
  readonly reportFailures: boolean;
  /** Patterns as JSON texts. */
  readonly filters: readonly string[];
  readonly onFailureArn: string;
  readonly maxConcurrency: number;
  readonly pollers: { readonly min: number | null; readonly max: number | null; readonly group: string | null };
  readonly kmsKeyArn: string;
  readonly metrics: readonly string[];
  readonly access: readonly { readonly type: string; readonly uri: string }[];
  readonly topics: readonly string[];
  readonly mqQueues: readonly string[];
  readonly startingPosition: EventSourcePosition;
  /** ISO. */
  readonly startAt: string;
  readonly consumerGroup: string;
  readonly schemaRegistry: {
    readonly uri: string;
    readonly eventRecordFormat: string;
    readonly validate: readonly string[];
    readonly access: readonly { readonly type: string; readonly uri: string }[];
  };
  readonly documentDb: {
    readonly database: string;
    readonly collection: string | null;
    readonly fullDocument: string | null;
  };
}

/**
 * Address: `name` is `<function>/<service>:<source>`, which AWS lets be there once. (AWS's own name is a UUID that nobody
 * knows before.)
 */
export interface EventSourceProps extends Partial<EventSourceSettings> {
  /** ARN of what is read; null for Kafka brokers of one's own. */
  readonly sourceArn: string | null;
  readonly brokers: readonly string[];
  /** Name of the function, with `:<alias>` behind it where an alias is called. */
  readonly function: string;
  readonly enabled: boolean;
}
