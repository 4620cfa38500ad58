import { actionsOf, waitsFor } from "../lakehouse/check/workflow.ts";
import { UNDELIVERED_ID } from "../lakehouse/ids.ts";
import type { LakehouseConfig } from "../lakehouse/index.ts";
import { queuesOf } from "../lakehouse/queues.ts";
import type { Picture, PictureEdge, PictureNode } from "../ui/picture.ts";

type Triggers = readonly (readonly [string, LakehouseConfig["workflow"]["triggers"][string]])[];

/** The first column of jobs. */
const JOBS = 3;

/** How many jobs are behind one another before each job starts, as the triggers say; undefined for what nothing starts. */
function depths(config: LakehouseConfig): ReadonlyMap<string, number> {
  const triggers = Object.values(config.workflow.triggers);
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
function conditionOf(trigger: Triggers[number][1], job: string): string | undefined {
  const states = (trigger.predicate?.conditions ?? []).filter((one) => one.job === job).map(({ state }) => state);
  const words = [
    ...(trigger.predicate?.logical === "ANY" && waitsFor(trigger).length > 1 ? ["any"] : []),
    ...new Set(states.filter((state) => state !== "SUCCEEDED")),
    ...(trigger.enabled ? [] : ["not enabled"]),
  ];
  return words.length > 0 ? words.join(", ") : undefined;
}

/** Arrows that the triggers make: from the workflow to what it starts, from each job to those that wait for it. */
const triggerEdges = (triggers: Triggers): PictureEdge[] =>
  triggers.flatMap(([, trigger]) =>
    actionsOf(trigger).flatMap((job): PictureEdge[] =>
      trigger.type === "conditional"
        ? [...new Set(waitsFor(trigger))].map((from) =>
            labelled({ from: `job/${from}`, to: `job/${job}` }, conditionOf(trigger, from)),
          )
        : [labelled({ from: "workflow", to: `job/${job}` }, startLabel(trigger))],
    ),
  );

const startLabel = ({ type, schedule }: Triggers[number][1]): string | undefined =>
  type === "scheduled" ? schedule : type === "event" ? "event" : undefined;

const labelled = (edge: PictureEdge, label: string | undefined): PictureEdge =>
  label === undefined ? edge : { ...edge, label };

/** Arrows from the rules to whom they tell. What lies outside the config is not drawn, but for the workflow itself. */
const ruleEdges = (config: LakehouseConfig): PictureEdge[] =>
  Object.entries(config.rules).flatMap(([id, rule]) =>
    rule.targets.flatMap((target): PictureEdge[] => {
      const from = `rule/${id}`;
      if (target === "function") return [{ from, to: "function", label: "calls" }];
      if (target === "alerts") return [{ from, to: "topic", label: rule.jobEvents ? "a job ended" : "tells" }];
      return typeof target !== "string" && target.arn?.includes(":workflow/")
        ? [{ from, to: "workflow", label: "event" }]
        : [];
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

/** The pipeline as people draw it: file, bucket, function, rules, the workflow's jobs as its triggers chain them, ledger, topic. */
export function pipelinePicture(config: LakehouseConfig, env: string): Picture {
  const triggers = Object.entries(config.workflow.triggers);
  const jobs = jobNodes(config);
  const { bucket, prefix } = config.function.events;
  const crawlers = [...depths(config)].flatMap(([node, at]): PictureNode[] =>
    node.startsWith("crawler:")
      ? [{ id: `job/${node}`, label: node.replace(":", " "), column: JOBS + at, group: "Workflow" }]
      : [],
  );
  const nodes: PictureNode[] = [
    { id: "raw", label: `bucket ${bucket}`, detail: prefix, column: 0, group: "Landing" },
    { id: "function", label: "Lambda function", detail: config.function.handler, column: 1, group: "Trigger" },
    { id: "ledger", label: "ledger", detail: `DynamoDB, key ${config.ledger.hashKey}`, column: 1, group: "Trigger" },
    ...Object.keys(queuesOf(config)).map((id): PictureNode => ({
      id: `queue/${id}`,
      label: `queue ${id}`,
      detail: "SQS",
      column: 1,
      group: "Trigger",
    })),
    { id: "workflow", label: "Glue workflow", detail: `${triggers.length} triggers`, column: 2, group: "Workflow" },
    ...Object.keys(config.rules).map((id): PictureNode => ({
      id: `rule/${id}`,
      label: `rule ${id}`,
      column: 2,
      group: "Workflow",
    })),
    ...jobs,
    ...crawlers,
    {
      id: "topic",
      label: "topic alerts",
      detail: `${config.alerts.subscriptions.length} subscriptions`,
      column: Math.max(JOBS, ...jobs.map(({ column }) => column)) + 1,
      group: "Alerts",
    },
  ];
  const edges: PictureEdge[] = [
    { from: "raw", to: "function", label: "object created" },
    { from: "function", to: "ledger", label: "records the file" },
    { from: "function", to: `queue/${UNDELIVERED_ID}`, label: "could not be recorded" },
    { from: `queue/${UNDELIVERED_ID}`, to: "function", label: "is taken up again" },
    ...redriveEdges(config),
    { from: "function", to: "workflow", label: "starts" },
    ...triggerEdges(triggers),
    ...ruleEdges(config),
  ];
  return { title: `${config.project} / ${env}`, nodes, edges };
}
