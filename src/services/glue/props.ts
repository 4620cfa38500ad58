/** Address: `name` is the database's name, lower case. Handles: its ARN and `glue.database:<name>`. */
export interface DatabaseProps {
  readonly description: string;
  readonly locationUri: string | null;
}

/** Address: `name` is the job's name. Handles: its ARN and `glue.job:<name>`. */
export interface JobProps {
  readonly description: string;
  readonly roleArn: string;
  /** `glueetl` (Spark) or `pythonshell`. */
  readonly command: string;
  /** `s3://bucket/key` */
  readonly scriptLocation: string;
  readonly pythonVersion: string;
  readonly glueVersion: string;
  readonly workerType: string;
  readonly numberOfWorkers: number;
  readonly timeoutMinutes: number;
  readonly maxRetries: number;
  readonly maxConcurrentRuns: number;
  readonly executionClass: "STANDARD" | "FLEX";
  readonly queuing: boolean;
  readonly arguments: Readonly<Record<string, string>>;
  readonly nonOverridableArguments: Readonly<Record<string, string>>;
  readonly connections: readonly string[];
  readonly securityConfiguration: string | null;
  readonly notifyDelayAfterMinutes: number | null;
  /** `Sun:10` */
  readonly maintenanceWindow: string | null;
}

/** Address: `name` is the workflow's name. Handles: its ARN and `glue.workflow:<name>`. */
export interface WorkflowProps {
  readonly description: string;
  readonly maxConcurrentRuns: number;
  readonly defaultRunProperties: Readonly<Record<string, string>>;
}

export interface TriggerCondition {
  readonly job: string;
  readonly state: string;
}

export interface TriggerAction {
  /** Name of the job. */
  readonly job: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly timeoutMinutes: number | null;
  readonly securityConfiguration: string | null;
  readonly notifyDelayAfterMinutes: number | null;
}

/** Address: `name` is the trigger's name. Handle: its ARN. */
export interface TriggerProps {
  readonly workflow: string;
  readonly type: "ON_DEMAND" | "SCHEDULED" | "CONDITIONAL" | "EVENT";
  readonly description: string;
  /** `cron(15 12 * * ? *)`, of SCHEDULED only. */
  readonly schedule: string | null;
  /** Of CONDITIONAL only. The order of conditions has no meaning. */
  readonly predicate: { readonly logical: "AND" | "ANY"; readonly conditions: readonly TriggerCondition[] } | null;
  readonly actions: readonly TriggerAction[];
  /** Of EVENT only. */
  readonly batch: { readonly size: number; readonly windowSeconds: number } | null;
  /** Always true for ON_DEMAND and EVENT, which AWS neither starts nor stops. */
  readonly enabled: boolean;
}
