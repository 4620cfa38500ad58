/** Address: `name` is the group's. Handle: its ARN. */
export type GroupProps = Readonly<Record<string, never>>;

export interface ScheduleTarget {
  readonly arn: string;
  readonly roleArn: string;
  readonly input: string | null;
  readonly dlqArn: string | null;
  readonly retry: { readonly maxAgeSeconds: number; readonly attempts: number };
}

/** Address: `name` is `<group>/<name>`, as in its ARN. */
export interface ScheduleProps {
  readonly description: string;
  readonly expression: string;
  readonly timezone: string;
  readonly flexibleMinutes: number | null;
  /** ISO 8601, in seconds. */
  readonly start: string | null;
  readonly end: string | null;
  readonly enabled: boolean;
  readonly kmsKeyArn: string | null;
  readonly target: ScheduleTarget;
}
