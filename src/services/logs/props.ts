/** Address: `name` is the group's name. Handle: its ARN without `:*`. */
export interface LogGroupProps {
  /** One of `RETENTION_DAYS`. Live, null never expires; wanted, null is a group's own affair: 30 when it is made, then whatever it has. */
  readonly retentionDays: number | null;
  /** Wanted, null is a group's own affair: a key that somebody put on it stays. */
  readonly kmsKey: string | null;
  /** Cannot be changed in place. */
  readonly logClass: "STANDARD" | "INFREQUENT_ACCESS" | "ESSENTIALS" | "DELIVERY";
  /** Nobody deletes the group while it is true. */
  readonly deletionProtection?: boolean;
}

/** Source: the enum of PutRetentionPolicy. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
