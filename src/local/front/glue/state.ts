import type * as Sdk from "@aws-sdk/client-glue";
import type { Clock } from "../../../clock/index.ts";
import { partitionOf } from "../../../aws/arn.ts";
import { invalidInput } from "../errors.ts";
import type { Collection, Store } from "../store.ts";
import type { Wire } from "../wire.ts";

export type JobDef = Wire<Sdk.Job> & { Name: string; Role: string; Command: Wire<Sdk.JobCommand> };
export type TriggerDef = Wire<Sdk.Trigger> & {
  Name: string;
  Type: Sdk.TriggerType;
  State: Sdk.TriggerState;
  Actions: Wire<Sdk.Action>[];
};
export type WorkflowDef = Wire<Sdk.Workflow> & { Name: string; CreatedOn: number };
export type DatabaseDef = Wire<Sdk.Database> & { Name: string };
export type CrawlerDef = Wire<Sdk.Crawler> & { Name: string };
export type ConnectionDef = Wire<Sdk.Connection> & { Name: string };
export type SecurityConfigurationDef = Wire<Sdk.SecurityConfiguration> & { Name: string };
export type TableDef = Wire<Sdk.Table> & { Name: string; DatabaseName: string; VersionId: string };
export type PartitionDef = Wire<Sdk.Partition> & { Values: string[] };

/** A run as Glue shows it, plus what only the engine needs. */
export type JobRunRecord = Wire<Sdk.JobRun> & {
  Id: string;
  Attempt: number;
  JobName: string;
  StartedOn: number;
  JobRunState: Sdk.JobRunState;
  /** The first attempt's id: all attempts of one start share it. */
  chain: string;
  workflowName?: string | undefined;
  workflowRunId?: string | undefined;
  /** When RUNNING began (seconds): ExecutionTime counts from here. */
  runningSince?: number | undefined;
};

export interface WorkflowRunRecord {
  readonly Name: string;
  readonly WorkflowRunId: string;
  readonly PreviousRunId?: string | undefined;
  readonly WorkflowRunProperties: Record<string, string>;
  readonly StartedOn: number;
  readonly CompletedOn?: number | undefined;
  readonly Status: Sdk.WorkflowRunStatus;
  readonly ErrorMessage?: string | undefined;
  /** Triggers that have fired in this run. */
  readonly fired: string[];
  /** Job runs of this run, oldest first, those copied from a resumed run included. */
  readonly jobRuns: string[];
  /** Crawls of this run, oldest first. */
  readonly crawls?: CrawlRecord[] | undefined;
}

/** One crawl in a workflow run; it has ended by the time it is asked for. */
export interface CrawlRecord {
  readonly CrawlerName: string;
  readonly CrawlState: Sdk.CrawlState;
  readonly ErrorMessage: string;
  readonly StartedOn: number;
}

/** The triggers as they were when the run started: later changes of definitions do not touch it. */
export interface GraphSnapshot {
  readonly triggers: TriggerDef[];
}

/** Everything the Glue of one account and region knows. */
export interface GlueState {
  readonly store: Store;
  readonly clock: Clock;
  readonly account: string;
  readonly region: string;
  readonly jobs: Collection<JobDef>;
  readonly triggers: Collection<TriggerDef>;
  readonly workflows: Collection<WorkflowDef>;
  readonly jobRuns: Collection<JobRunRecord>;
  readonly workflowRuns: Collection<WorkflowRunRecord>;
  readonly graphs: Collection<GraphSnapshot>;
  readonly databases: Collection<DatabaseDef>;
  readonly tables: Collection<TableDef>;
  readonly crawlers: Collection<CrawlerDef>;
  readonly connections: Collection<ConnectionDef>;
  readonly securityConfigurations: Collection<SecurityConfigurationDef>;
  readonly tags: Collection<Record<string, string>>;
  readonly bookmarks: Collection<Wire<Sdk.JobBookmarkEntry>>;
  /** Settings of the catalog and small things of which there is one. */
  readonly settings: Collection<object>;
}

/** Opens the collections over one store. */
export function glueState(store: Store, options: { clock: Clock; account: string; region: string }): GlueState {
  return {
    store,
    ...options,
    jobs: store.collection("jobs"),
    triggers: store.collection("triggers"),
    workflows: store.collection("workflows"),
    jobRuns: store.collection("jobRuns"),
    workflowRuns: store.collection("workflowRuns"),
    graphs: store.collection("graphs"),
    databases: store.collection("databases"),
    tables: store.collection("tables"),
    crawlers: store.collection("crawlers"),
    connections: store.collection("connections"),
    securityConfigurations: store.collection("securityConfigurations"),
    tags: store.collection("tags"),
    bookmarks: store.collection("bookmarks"),
    settings: store.collection("settings"),
  };
}

/** Seconds since the epoch, as Glue's wire has them. */
export const nowOf = (state: Pick<GlueState, "clock">): number => state.clock.now() / 1000;

/** `arn:aws:glue:us-east-1:123456789012:job/name` */
export const glueArn = (state: GlueState, resource: string): string =>
  `arn:${partitionOf(state.region)}:glue:${state.region}:${state.account}:${resource}`;

/** Keeps the tags that came with a create call, in its transaction. */
export function putTags(state: GlueState, resource: string, tags: Record<string, string> | undefined): void {
  if (!tags || Object.keys(tags).length === 0) return;
  if (Object.keys(tags).some((key) => key.startsWith("aws:"))) {
    throw invalidInput("Tag keys that start with aws: are reserved for system use.");
  }
  state.tags.set(glueArn(state, resource), { ...tags });
}

/** Same JSON whatever the order of keys: "the same request again". */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(",")}}`;
}
