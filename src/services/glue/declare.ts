import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { textMap } from "../parts.ts";
import { declaredAttributes } from "./job-table.ts";
import type { DatabaseProps, JobProps, TriggerAction, TriggerProps, WorkflowProps } from "./props.ts";
import type { ConnectionConfig } from "./connection-section.ts";
import type { CrawlerConfig } from "./crawler-section.ts";
import { declareConnection } from "./declare-connection.ts";
import { declareCrawler } from "./declare-crawler.ts";
import { declareClassifiers } from "./classifier.ts";
import type { ClassifierConfig } from "./classifier-section.ts";
import { declareSecurityConfiguration, securedTag } from "./declare-security-configuration.ts";
import { sized } from "./job-size.ts";
import type { DatabaseConfig, JobConfig, TriggerConfig, WorkflowConfig } from "./section.ts";
import type { SecurityConfigurationConfig } from "./security-configuration-section.ts";
import { crawlerKey, predicateOf } from "./trigger.ts";
import { triggerId } from "./workflow-triggers.ts";

type Map<T> = Readonly<Record<string, T>>;

/** What Glue's sections say. */
export interface GlueEntries {
  readonly databases: Map<DatabaseConfig>;
  readonly jobs: Map<JobConfig>;
  readonly workflows: Map<WorkflowConfig>;
  readonly triggers: Map<TriggerConfig>;
  readonly crawlers: Map<CrawlerConfig>;
  readonly connections: Map<ConnectionConfig>;
  readonly securityConfigurations: Map<SecurityConfigurationConfig>;
  readonly classifiers: Map<ClassifierConfig>;
}

/** The name of a security configuration; null where there is none. */
const secured = (build: Build, reference: string | undefined): string | null =>
  reference === undefined ? null : build.named("securityConfigurations", reference).name;

const uiArguments = (build: Build, { sparkUi }: JobConfig): Record<string, string> => {
  if (sparkUi === undefined) return {};
  const own =
    sparkUi.bucket === undefined ? "" : `s3://${build.named("buckets", sparkUi.bucket).name}/${sparkUi.prefix}`;
  return { "--enable-spark-ui": "true", "--spark-event-logs-path": sparkUi.url ?? own };
};

const jobOf = (build: Build, id: string, job: JobConfig): Desired => {
  const props = declaredAttributes(sized(job), build);
  return resource<JobProps>(
    { kind: "glue.job", id, name: build.named("jobs", id).name },
    {
      ...props,
      arguments: { ...uiArguments(build, job), ...props.arguments },
    },
    build.tags({ ...job.tags, ...securedTag(build, job.securityConfiguration) }),
  );
};

const databaseOf = (build: Build, id: string, database: DatabaseConfig): Desired =>
  resource<DatabaseProps>(
    { kind: "glue.database", id, name: build.named("databases", id).name },
    {
      description: database.description,
      locationUri: database.locationUri ?? null,
      ...(database.parameters ? { parameters: textMap(database.parameters) } : {}),
      ...(database.createTableDefaultPermissions
        ? { createTableDefaultPermissions: sortedLists(database.createTableDefaultPermissions) }
        : {}),
      ...(database.target ? { target: { ...database.target, region: database.target.region ?? null } } : {}),
      ...(database.federated
        ? {
            federated: {
              connection:
                database.federated.connection === undefined
                  ? null
                  : build.named("connections", database.federated.connection).name,
              identifier: database.federated.identifier ?? null,
            },
          }
        : {}),
    },
    build.tags(database.tags),
  );

const sortedLists = (map: Map<readonly string[]>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(map).map(([key, list]) => [key, list.toSorted()]));

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

/** The job or the crawler that an action starts or a condition waits for, as props name it. */
const nodeOf = (build: Build, one: { job?: string | undefined; crawler?: string | undefined }): string =>
  one.crawler === undefined
    ? build.named("jobs", one.job ?? "").name
    : crawlerKey(build.named("crawlers", one.crawler).name);

function conditionsOf(build: Build, trigger: TriggerConfig): { job: string; state: string }[] {
  const after = (trigger.after ?? []).map((job) => ({ job: nodeOf(build, { job }), state: "SUCCEEDED" }));
  const others = (trigger.predicate?.conditions ?? []).map((one) => ({
    job: nodeOf(build, one),
    state: one.crawler === undefined ? one.state : one.crawlState,
  }));
  return [...after, ...others];
}

function triggerProps(build: Build, workflow: string | null, trigger: TriggerConfig): TriggerProps {
  const conditions = conditionsOf(build, trigger);
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
          nodeOf(build, one),
          {
            arguments: textMap(one.arguments),
            timeoutMinutes: ("timeout" in one ? one.timeout : undefined) ?? null,
            securityConfiguration: secured(
              build,
              "securityConfiguration" in one ? one.securityConfiguration : undefined,
            ),
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

const triggerOf = (build: Build, id: string, trigger: TriggerConfig): Desired =>
  resource<TriggerProps>(
    { kind: "glue.trigger", id, name: build.named("triggers", id).name },
    triggerProps(build, null, trigger),
    build.tags(trigger.tags),
  );

/** Databases, jobs, workflows and their triggers; crawlers and what jobs and crawlers need. */
export const declareGlue = (
  { databases, jobs, workflows, triggers, crawlers, connections, securityConfigurations, classifiers }: GlueEntries,
  build: Build,
): Desired[] => [
  ...each(connections, (id, one) => declareConnection(build, id, one)),
  ...declareClassifiers(classifiers, build),
  ...each(securityConfigurations, (id, one) => declareSecurityConfiguration(build, id, one)),
  ...each(databases, (id, one) => databaseOf(build, id, one)),
  ...each(jobs, (id, one) => jobOf(build, id, one)),
  ...each(crawlers, (id, one) => declareCrawler(build, id, one)),
  ...each(workflows, (id, one) => workflowOf(build, id, one)),
  ...each(triggers, (id, one) => triggerOf(build, id, one)),
];
