import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { textMap } from "../parts.ts";
import type { DatabaseProps, JobProps, TriggerAction, TriggerProps, WorkflowProps } from "./props.ts";
import type { DatabaseConfig, JobConfig, TriggerConfig, WorkflowConfig } from "./section.ts";
import { predicateOf } from "./trigger.ts";
import { triggerId } from "./workflow-triggers.ts";

type Map<T> = Readonly<Record<string, T>>;

/** What Glue's sections say. */
export interface GlueEntries {
  readonly databases: Map<DatabaseConfig>;
  readonly jobs: Map<JobConfig>;
  readonly workflows: Map<WorkflowConfig>;
}

const jobOf = (build: Build, id: string, job: JobConfig): Desired =>
  resource<JobProps>(
    { kind: "glue.job", id, name: build.named("jobs", id).name },
    {
      description: job.description,
      roleArn: build.named("roles", job.role).arn,
      command: "glueetl",
      scriptLocation: job.script,
      pythonVersion: "3",
      glueVersion: job.glueVersion,
      workerType: job.workerType,
      numberOfWorkers: job.numberOfWorkers,
      timeoutMinutes: job.timeout,
      maxRetries: job.maxRetries,
      maxConcurrentRuns: job.maxConcurrentRuns,
      executionClass: job.executionClass,
      queuing: job.queuing,
      arguments: textMap(job.arguments),
      nonOverridableArguments: textMap(job.nonOverridableArguments),
      connections: job.connections,
      securityConfiguration: job.securityConfiguration ?? null,
      notifyDelayAfterMinutes: job.notifyDelayAfter ?? null,
      maintenanceWindow: job.maintenanceWindow ?? null,
    },
    build.tags(job.tags),
  );

const databaseOf = (build: Build, id: string, database: DatabaseConfig): Desired =>
  resource<DatabaseProps>(
    { kind: "glue.database", id, name: build.named("databases", id).name },
    { description: database.description, locationUri: database.locationUri ?? null },
    build.tags(database.tags),
  );

function workflowOf(build: Build, id: string, one: WorkflowConfig): Desired[] {
  const { name } = build.named("workflows", id);
  const own = resource<WorkflowProps>(
    { kind: "glue.workflow", id, name },
    {
      description: one.description,
      maxConcurrentRuns: one.maxConcurrentRuns,
      defaultRunProperties: textMap(one.defaultRunProperties),
    },
    build.tags(one.tags),
  );
  const triggers = Object.entries(one.triggers).map(([key, trigger]) => {
    const at = triggerId(id, key);
    return resource<TriggerProps>(
      { kind: "glue.trigger", id: at, name: build.named("triggers", at).name },
      triggerProps(build, name, trigger),
      build.tags(trigger.tags),
    );
  });
  return [own, ...triggers];
}

const TYPES = { on_demand: "ON_DEMAND", scheduled: "SCHEDULED", conditional: "CONDITIONAL", event: "EVENT" } as const;

function triggerProps(build: Build, workflow: string, trigger: TriggerConfig): TriggerProps {
  const conditions = [
    ...(trigger.after ?? []).map((job) => ({ job, state: "SUCCEEDED" })),
    ...(trigger.predicate?.conditions ?? []),
  ].map(({ job, state }) => ({ job: build.named("jobs", job).name, state }));
  const type = TYPES[trigger.type];
  return {
    workflow,
    type,
    description: trigger.description,
    schedule: trigger.schedule ?? null,
    predicate: predicateOf(trigger.predicate?.logical ?? "AND", conditions),
    actions: Object.fromEntries(
      trigger.actions.map((action): [string, TriggerAction] => {
        const one = typeof action === "string" ? { job: action, arguments: {} } : action;
        return [
          build.named("jobs", one.job).name,
          {
            arguments: textMap(one.arguments),
            timeoutMinutes: ("timeout" in one ? one.timeout : undefined) ?? null,
            securityConfiguration: ("securityConfiguration" in one ? one.securityConfiguration : undefined) ?? null,
            notifyDelayAfterMinutes: ("notifyDelayAfter" in one ? one.notifyDelayAfter : undefined) ?? null,
          },
        ];
      }),
    ),
    batch: type === "EVENT" ? { size: trigger.batchSize, windowSeconds: trigger.batchWindow } : null,
    enabled: type === "CONDITIONAL" || type === "SCHEDULED" ? trigger.enabled : true,
  };
}

const each = <T>(map: Map<T>, of: (id: string, one: T) => Desired | Desired[]): Desired[] =>
  Object.entries(map).flatMap(([id, one]) => of(id, one));

/** Databases, jobs, workflows and their triggers. */
export const declareGlue = ({ databases, jobs, workflows }: GlueEntries, build: Build): Desired[] => [
  ...each(databases, (id, one) => databaseOf(build, id, one)),
  ...each(jobs, (id, one) => jobOf(build, id, one)),
  ...each(workflows, (id, one) => workflowOf(build, id, one)),
];
