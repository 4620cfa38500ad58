import { createHash } from "node:crypto";
import type { CrawlRecord, JobRunRecord, TriggerDef } from "../glue/state.ts";

export interface GraphNode {
  readonly Type: "TRIGGER" | "JOB" | "CRAWLER";
  readonly Name: string;
  readonly UniqueId: string;
  readonly TriggerDetails?: { Trigger: TriggerDef };
  readonly JobDetails?: { JobRuns: object[] };
  readonly CrawlerDetails?: { Crawls: object[] };
}
export interface Graph {
  readonly Nodes: GraphNode[];
  readonly Edges: { SourceId: string; DestinationId: string }[];
}

/** The same node of the same workflow keeps its id from run to run. */
export const nodeId = (workflow: string, type: string, name: string): string =>
  `wnode_${createHash("sha256").update(`${workflow}\0${type}\0${name}`).digest("hex")}`;

/** Triggers and jobs as nodes; a trigger points at the jobs it starts, a job at the triggers that watch it. */
export function graphOf(
  workflow: string,
  triggers: readonly TriggerDef[],
  runs: readonly JobRunRecord[],
  show: (run: JobRunRecord) => object,
  crawls: readonly CrawlRecord[] = [],
): Graph {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, Graph["Edges"][number]>();
  const job = (name: string): string => {
    const id = nodeId(workflow, "JOB", name);
    if (!nodes.has(id)) {
      // Newest first: whoever looks at the first run sees the one that counts.
      const own = runs.filter((run) => run.JobName === name).reverse();
      nodes.set(id, { Type: "JOB", Name: name, UniqueId: id, JobDetails: { JobRuns: own.map(show) } });
    }
    return id;
  };
  const crawler = (name: string): string => {
    const id = nodeId(workflow, "CRAWLER", name);
    const own = crawls.filter((one) => one.CrawlerName === name).reverse();
    const Crawls = own.map(({ CrawlState, ErrorMessage, StartedOn }) => ({
      State: CrawlState,
      ErrorMessage,
      StartedOn,
      CompletedOn: StartedOn,
    }));
    nodes.set(id, { Type: "CRAWLER", Name: name, UniqueId: id, CrawlerDetails: { Crawls } });
    return id;
  };
  const connect = (SourceId: string, DestinationId: string): void => {
    edges.set(`${SourceId}>${DestinationId}`, { SourceId, DestinationId });
  };
  for (const trigger of triggers) {
    const id = nodeId(workflow, "TRIGGER", trigger.Name);
    nodes.set(id, { Type: "TRIGGER", Name: trigger.Name, UniqueId: id, TriggerDetails: { Trigger: trigger } });
    for (const { JobName, CrawlerName } of trigger.Actions) {
      if (JobName) connect(id, job(JobName));
      if (CrawlerName) connect(id, crawler(CrawlerName));
    }
    for (const { JobName, CrawlerName } of trigger.Predicate?.Conditions ?? []) {
      if (JobName) connect(job(JobName), id);
      if (CrawlerName) connect(crawler(CrawlerName), id);
    }
  }
  return { Nodes: [...nodes.values()], Edges: [...edges.values()] };
}
