import type { TargetParameters } from "./parameters.ts";

export interface RuleTarget {
  readonly arn: string;
  /** Constant JSON text that the target gets instead of the event. */
  readonly input: string | null;
  /** Values taken from the event by JSON path, put into the template's `<name>` places. */
  readonly transformer: { readonly paths: Readonly<Record<string, string>>; readonly template: string } | null;
  /** JSON path of the part of the event that the target gets. */
  readonly path?: string;
  readonly roleArn: string | null;
  readonly dlqArn: string | null;
  /** null: EventBridge's own (24 hours, 185 tries). */
  readonly retry: { readonly maxAgeSeconds: number; readonly attempts: number } | null;
  /** What only this type of target knows. */
  readonly parameters?: TargetParameters;
}

/** Address: `name` is the rule's name, on another bus than the default one with the bus before it (bus.ts). Handle: its ARN. Exactly one of `schedule` and `pattern`. */
export interface RuleProps {
  readonly description: string;
  /** `rate(1 hour)`, `cron(0 3 * * ? *)` in UTC. */
  readonly schedule: string | null;
  readonly pattern: Readonly<Record<string, unknown>> | null;
  readonly enabled: boolean;
  /** Also the read-only events of CloudTrail. */
  readonly managementEvents?: boolean;
  readonly roleArn?: string;
  /** Keys are `[A-Za-z0-9_]+`; in AWS a target's id is `metriccare-<key>`. Other people's targets stay. At most 5 in all. */
  readonly targets: Readonly<Record<string, RuleTarget>>;
}
