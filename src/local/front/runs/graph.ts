import { createHash } from "node:crypto";
import type { JobRunRecord, TriggerDef } from "../glue/state.ts";

export interface GraphNode {
  Type: "TRIGGER" | "JOB";
  Name: string;
  UniqueId: string;
  TriggerDetails?: { Trigger: TriggerDef };
  JobDetails?: { JobRuns: object[] };
}
export interface Graph {
  Nodes: GraphNode[];
  Edges: { SourceId: string; DestinationId: string }[];
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
  const connect = (SourceId: string, DestinationId: string): void => {
    edges.set(`${SourceId}>${DestinationId}`, { SourceId, DestinationId });
  };
  for (const trigger of triggers) {
    const id = nodeId(workflow, "TRIGGER", trigger.Name);
    nodes.set(id, { Type: "TRIGGER", Name: trigger.Name, UniqueId: id, TriggerDetails: { Trigger: trigger } });
    for (const action of trigger.Actions) if (action.JobName) connect(id, job(action.JobName));
    for (const condition of trigger.Predicate?.Conditions ?? [])
      if (condition.JobName) connect(job(condition.JobName), id);
  }
  return { Nodes: [...nodes.values()], Edges: [...edges.values()] };
}
