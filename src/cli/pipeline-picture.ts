import { actionsOf, type Graph, graphsOf, waitsFor } from "../lakehouse/check/workflow.ts";
import { UNDELIVERED_ID } from "../lakehouse/ids.ts";
import type { LakehouseConfig } from "../lakehouse/index.ts";
import { mapsOf } from "../lakehouse/maps.ts";
import { calledEntry } from "../lakehouse/rules.ts";
import type { Picture, PictureEdge, PictureNode } from "../ui/picture.ts";

type Trigger = Graph["triggers"][string];

/** The first column of jobs. */
const JOBS = 3;

/** How many jobs are behind one another before each job starts, as the triggers say; undefined for what nothing starts. */
function depths(config: LakehouseConfig): ReadonlyMap<string, number> {
  const triggers = graphsOf(config).flatMap((graph) => Object.values(graph.triggers));
  const found = new Map<string, number>();
  const of = (job: string, seen: readonly string[]): number => {
    const known = found.get(job);
    if (known !== undefined || seen.includes(job)) return known ?? 0;
    const waits = triggers.filter((trigger) => actionsOf(trigger).includes(job)).flatMap(waitsFor);
    const depth = Math.max(0, ...waits.map((one) => of(one, [...seen, job]) + 1));
    found.set(job, depth);
    return depth;
  };
  for (const trigger of triggers) for (const job of actionsOf(trigger)) of(job, []);
  return found;
}

/** What an arrow into a job says beside "when it succeeded". */
function conditionOf(trigger: Trigger, job: string): string | undefined {
  const states = (trigger.predicate?.conditions ?? []).filter((one) => one.job === job).map(({ state }) => state);
  const words = [
    ...(trigger.predicate?.logical === "ANY" && waitsFor(trigger).length > 1 ? ["any"] : []),
    ...new Set(states.filter((state) => state !== "SUCCEEDED")),
    ...(trigger.enabled ? [] : ["not enabled"]),
  ];
  return words.length > 0 ? words.join(", ") : undefined;
}

/** The node of a workflow: there is one of the pipeline, and further ones. */
const workflowNode = ({ main, id }: Graph): string => (main ? "workflow" : `workflow/${id}`);

/** Arrows that the triggers make: from the workflow to what it starts, from each job to those that wait for it. */
const triggerEdges = (graph: Graph): PictureEdge[] =>
  Object.values(graph.triggers).flatMap((trigger) =>
    actionsOf(trigger).flatMap((job): PictureEdge[] =>
      trigger.type === "conditional"
        ? [...new Set(waitsFor(trigger))].map((from) =>
            labelled({ from: `job/${from}`, to: `job/${job}` }, conditionOf(trigger, from)),
          )
        : [labelled({ from: workflowNode(graph), to: `job/${job}` }, startLabel(trigger))],
    ),
  );

const startLabel = ({ type, schedule }: Trigger): string | undefined =>
  type === "scheduled" ? schedule : type === "event" ? "event" : undefined;

const labelled = (edge: PictureEdge, label: string | undefined): PictureEdge =>
  label === undefined ? edge : { ...edge, label };

/** The node of what a rule's target names; undefined for what lies outside of the config. */
function targetNode(config: LakehouseConfig, target: LakehouseConfig["rules"][string]["targets"][number]) {
  const called = calledEntry(config, target);
  if (called === undefined || typeof called !== "string") return called && NODES[called.section]?.(called.id);
  return called === "alerts" ? "topic" : called;
}

const NODES: Readonly<Record<string, (id: string) => string>> = {
  functions: (id) => `function/${id}`,
  topics: (id) => `topic/${id}`,
  queues: (id) => `queue/${id}`,
  workflows: (id) => `workflow/${id}`,
};

const told = (config: LakehouseConfig, id: string, to: string): string => {
  if (to.startsWith("topic")) return config.rules[id]?.jobEvents ? "a job ended" : "tells";
  return to.startsWith("workflow") ? "event" : "calls";
};

/** Arrows from the rules to whom they tell. What lies outside the config is not drawn, but for the workflow itself. */
const ruleEdges = (config: LakehouseConfig): PictureEdge[] =>
  Object.entries(config.rules).flatMap(([id, rule]) =>
    rule.targets.flatMap((target): PictureEdge[] => {
      const to = targetNode(config, target);
      return to === undefined ? [] : [{ from: `rule/${id}`, to, label: told(config, id, to) }];
    }),
  );

/** Arrows from queues to those that take what was received too often. */
const redriveEdges = (config: LakehouseConfig): PictureEdge[] =>
  Object.entries(config.queues).flatMap(([id, { redrive }]) =>
    redrive ? [{ from: `queue/${id}`, to: `queue/${redrive.queue}`, label: "received too often" }] : [],
  );

function jobNodes(config: LakehouseConfig): PictureNode[] {
  const depth = depths(config);
  const last = Math.max(0, ...depth.values());
  return Object.entries(config.jobs).map(([id, job]) => {
    const at = depth.get(id);
    return at === undefined
      ? { id: `job/${id}`, label: id, detail: job.layer, column: JOBS + last + 1, group: "not in the workflow" }
      : { id: `job/${id}`, label: id, column: JOBS + at, group: job.layer };
  });
}

const nodesOf = (
  map: object,
  kind: string,
  more: (id: string) => Omit<PictureNode, "id" | "label"> & { readonly what?: string },
): PictureNode[] =>
  Object.keys(map).map((id) => {
    const { what = kind, ...rest } = more(id);
    return { id: `${kind}/${id}`, label: `${what} ${id}`, ...rest };
  });

/** What the pipeline has one of, as far as it is made. */
function pipelineNodes(config: LakehouseConfig, alertsColumn: number): PictureNode[] {
  const { made, function: receiver, ledger, workflow, alerts } = config;
  const { bucket, prefix } = receiver.events;
  const all: Readonly<Record<(typeof made)[number], readonly PictureNode[]>> = {
    function: [
      { id: "raw", label: `bucket ${bucket}`, detail: prefix, column: 0, group: "Landing" },
      { id: "function", label: "Lambda function", detail: receiver.handler, column: 1, group: "Trigger" },
    ],
    ledger: [{ id: "ledger", label: "ledger", detail: `DynamoDB, key ${ledger.hashKey}`, column: 1, group: "Trigger" }],
    workflow: [
      {
        id: "workflow",
        label: "Glue workflow",
        detail: `${Object.keys(workflow.triggers).length} triggers`,
        column: 2,
        group: "Workflow",
      },
    ],
    alerts: [
      {
        id: "topic",
        label: "topic alerts",
        detail: `${alerts.subscriptions.length} subscriptions`,
        column: alertsColumn,
        group: "Alerts",
      },
    ],
  };
  return (["function", "ledger", "workflow", "alerts"] as const).flatMap((key) => (made.includes(key) ? all[key] : []));
}

/** Arrows of the pipeline itself. */
function pipelineEdges({ made }: LakehouseConfig): PictureEdge[] {
  const edges: readonly (PictureEdge & { readonly of: readonly (typeof made)[number][] })[] = [
    { of: ["function"], from: "raw", to: "function", label: "object created" },
    { of: ["function", "ledger"], from: "function", to: "ledger", label: "records the file" },
    { of: ["function"], from: "function", to: `queue/${UNDELIVERED_ID}`, label: "could not be recorded" },
    { of: ["function"], from: `queue/${UNDELIVERED_ID}`, to: "function", label: "is taken up again" },
    { of: ["function", "workflow"], from: "function", to: "workflow", label: "starts" },
  ];
  return edges.filter(({ of }) => of.every((key) => made.includes(key))).map(({ of: _of, ...edge }) => edge);
}

/** Further functions, and the buckets whose new objects call them. */
function functionParts({ functions, made, function: receiver }: LakehouseConfig): {
  nodes: PictureNode[];
  edges: PictureEdge[];
} {
  const heard = Object.entries(functions).flatMap(([id, { events }]) => (events ? [{ id, ...events }] : []));
  const known = made.includes("function") ? receiver.events.bucket : undefined;
  const bucketNode = (bucket: string): string => (bucket === known ? "raw" : `bucket/${bucket}`);
  const buckets = new Map(heard.filter(({ bucket }) => bucket !== known).map(({ bucket, prefix }) => [bucket, prefix]));
  return {
    nodes: [
      ...[...buckets].map(([bucket, detail]): PictureNode => ({
        id: bucketNode(bucket),
        label: `bucket ${bucket}`,
        detail,
        column: 0,
        group: "Landing",
      })),
      ...nodesOf(functions, "function", (id) => ({ detail: functions[id]?.handler, column: 1, group: "Trigger" })),
    ],
    edges: heard.map(({ id, bucket }) => ({ from: bucketNode(bucket), to: `function/${id}`, label: "object created" })),
  };
}

/** The pipeline as people draw it: file, bucket, functions, rules, the workflows' jobs as their triggers chain them, tables, topics. */
export function pipelinePicture(config: LakehouseConfig, env: string): Picture {
  const graphs = graphsOf(config);
  const jobs = jobNodes(config);
  const crawlers = [...depths(config)].flatMap(([node, at]): PictureNode[] =>
    node.startsWith("crawler:")
      ? [{ id: `job/${node}`, label: node.replace(":", " "), column: JOBS + at, group: "Workflow" }]
      : [],
  );
  const last = Math.max(JOBS, ...jobs.map(({ column }) => column)) + 1;
  const further = functionParts(config);
  const nodes: PictureNode[] = [
    ...pipelineNodes(config, last),
    ...further.nodes,
    ...nodesOf(mapsOf(config)["queues"] ?? {}, "queue", () => ({ detail: "SQS", column: 1, group: "Trigger" })),
    ...nodesOf(config.workflows, "workflow", (id) => ({
      what: "Glue workflow",
      detail: `${Object.keys(config.workflows[id]?.triggers ?? {}).length} triggers`,
      column: 2,
      group: "Workflow",
    })),
    ...nodesOf(config.rules, "rule", () => ({ column: 2, group: "Workflow" })),
    ...jobs,
    ...crawlers,
    ...nodesOf(config.tables, "table", () => ({ detail: "DynamoDB", column: last, group: "Tables" })),
    ...nodesOf(config.topics, "topic", (id) => ({
      detail: `${config.topics[id]?.subscriptions.length ?? 0} subscriptions`,
      column: last,
      group: "Alerts",
    })),
  ];
  const edges: PictureEdge[] = [
    ...pipelineEdges(config),
    ...further.edges,
    ...redriveEdges(config),
    ...graphs.flatMap(triggerEdges),
    ...ruleEdges(config),
  ];
  return { title: `${config.project} / ${env}`, nodes, edges };
}
