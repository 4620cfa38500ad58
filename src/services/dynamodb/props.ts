import type { Ceiling, TableSettings } from "./settings.ts";

/** Id of the pipeline's own table, whatever it is called in AWS. */
export const LEDGER_ID = "processed_files";

export type KeyType = "S" | "N" | "B";

/** What an index holds of an item beside the keys. */
export interface Projection {
  readonly projection: "ALL" | "KEYS_ONLY" | "INCLUDE";
  /** With INCLUDE, in order of the alphabet. */
  readonly nonKeyAttributes?: readonly string[];
}

/** An index with the table's own hash key. */
export interface LocalIndex extends Projection {
  readonly rangeKey: string;
  readonly rangeKeyType: KeyType;
}

export interface TableIndex extends Projection {
  readonly hashKey: string;
  readonly hashKeyType: KeyType;
  readonly rangeKey: string | null;
  readonly rangeKeyType: KeyType | null;
  /** null with on-demand billing. */
  readonly readCapacity: number | null;
  readonly writeCapacity: number | null;
  /** Absent where it has none. */
  readonly onDemandThroughput?: Ceiling;
}

/** Address: `name` is the table's name. Handle: its ARN. */
export interface TableProps extends Partial<TableSettings> {
  readonly hashKey: string;
  readonly hashKeyType: KeyType;
  /** Absent where the table has none. */
  readonly rangeKey?: string;
  readonly rangeKeyType?: KeyType;
  readonly billing: "PROVISIONED" | "PAY_PER_REQUEST";
  /** null with on-demand billing. */
  readonly readCapacity: number | null;
  readonly writeCapacity: number | null;
  /** Global secondary indexes by name. */
  readonly indexes: Readonly<Record<string, TableIndex>>;
  /** The attribute that time-to-live reads; null: off. */
  readonly ttlAttribute: string | null;
  readonly pointInTimeRecovery: boolean;
  readonly deletionProtection: boolean;
  /** `owned` by DynamoDB, `managed` (alias/aws/dynamodb), or the ARN of a KMS key. */
  readonly encryption: string;
  readonly tableClass: "STANDARD" | "STANDARD_INFREQUENT_ACCESS";
}
