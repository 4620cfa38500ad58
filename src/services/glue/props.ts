import type { AttributeProps } from "./job-table.ts";

/** Address: `name` is the database's name, lower case. Handles: its ARN and `glue.database:<name>`. */
export interface DatabaseProps {
  readonly description: string;
  readonly locationUri: string | null;
  readonly parameters?: Readonly<Record<string, string>>;
  /** What Lake Formation grants on new tables: sorted permissions by principal. */
  readonly createTableDefaultPermissions?: Readonly<Record<string, readonly string[]>>;
  /** A database elsewhere that this one is a link to. */
  readonly target?: { readonly catalog: string; readonly database: string; readonly region: string | null };
  /** Something outside of AWS that this one stands for. */
  readonly federated?: { readonly connection: string | null; readonly identifier: string | null };
}

/** Address: `name` is the job's name. Handles: its ARN and `glue.job:<name>`. */
export type JobProps = AttributeProps;

/** Address: `name` is the workflow's name. Handles: its ARN and `glue.workflow:<name>`. */
export interface WorkflowProps {
  readonly description: string;
  readonly maxConcurrentRuns: number;
  readonly defaultRunProperties: Readonly<Record<string, string>>;
}

export interface TriggerAction {
  readonly arguments: Readonly<Record<string, string>>;
  readonly timeoutMinutes: number | null;
  readonly securityConfiguration: string | null;
  readonly notifyDelayAfterMinutes: number | null;
}

export interface TriggerPredicate {
  /** Always AND with one condition, where both mean the same. */
  readonly logical: "AND" | "ANY";
  /** Sorted end states by name of the job (`crawler:<name>` of a crawler); several of them are several conditions. */
  readonly conditions: Readonly<Record<string, readonly string[]>>;
}

/** Address: `name` is the trigger's name. Handle: its ARN. */
export interface TriggerProps {
  /** Null: outside of any workflow. */
  readonly workflow: string | null;
  readonly type: "ON_DEMAND" | "SCHEDULED" | "CONDITIONAL" | "EVENT";
  readonly description: string;
  /** `cron(15 12 * * ? *)`, of SCHEDULED only. */
  readonly schedule: string | null;
  /** Of CONDITIONAL only. */
  readonly predicate: TriggerPredicate | null;
  /** By name of the job that it starts (`crawler:<name>` of a crawler): a job that comes or goes shows as one line of a diff. */
  readonly actions: Readonly<Record<string, TriggerAction>>;
  /** Of EVENT only. */
  readonly batch: { readonly size: number; readonly windowSeconds: number } | null;
  /** Always true for ON_DEMAND and EVENT, which AWS neither starts nor stops. */
  readonly enabled: boolean;
}
