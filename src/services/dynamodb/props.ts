export type KeyType = "S" | "N" | "B";

export interface TableIndex {
  readonly hashKey: string;
  readonly hashKeyType: KeyType;
  readonly rangeKey: string | null;
  readonly rangeKeyType: KeyType | null;
  readonly projection: "ALL" | "KEYS_ONLY";
  /** null with on-demand billing. */
  readonly readCapacity: number | null;
  readonly writeCapacity: number | null;
}

/** Address: `name` is the table's name. Handle: its ARN. */
export interface TableProps {
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
