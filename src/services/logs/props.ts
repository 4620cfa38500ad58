/** Address: `name` is the group's name. Handle: its ARN without `:*`. */
export interface LogGroupProps {
  /** One of `RETENTION_DAYS`; null never expires. */
  readonly retentionDays: number | null;
  readonly kmsKey: string | null;
  /** Cannot be changed in place. */
  readonly logClass: "STANDARD" | "INFREQUENT_ACCESS";
}

/** Source: the enum of PutRetentionPolicy. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
