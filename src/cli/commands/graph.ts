import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { findProject } from "../../config/index.ts";
import type { LakehouseConfig } from "../../services/index.ts";
import {
  type Picture,
  type PictureEdge,
  type PictureNode,
  pictureDot,
  pictureHtml,
  pictureMermaid,
  pictureText,
} from "../../ui/picture.ts";
import type { Run } from "../cli.ts";
import { EXIT, usage } from "../errors.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";

const DRAW: Record<string, (picture: Picture) => string[]> = {
  text: pictureText,
  mermaid: pictureMermaid,
  dot: pictureDot,
  html: pictureHtml,
};

/** The pipeline as people draw it: file, bucket, function, workflow by layers, ledger, topic. */
function pipeline(config: LakehouseConfig, env: string): Picture {
  const layers = ["bronze", "silver", "gold"] as const;
  const jobs = Object.entries(config.jobs);
  const nodes: PictureNode[] = [
    {
      id: "raw",
      label: `bucket ${config.function.events.bucket}`,
      detail: config.function.events.prefix,
      column: 0,
      group: "Landing",
    },
    { id: "function", label: "Lambda function", detail: config.function.handler, column: 1, group: "Trigger" },
    { id: "ledger", label: "ledger", detail: `DynamoDB, key ${config.ledger.hashKey}`, column: 1, group: "Trigger" },
    {
      id: "workflow",
      label: "Glue workflow",
      detail: `${Object.keys(config.workflow.triggers).length} triggers`,
      column: 2,
      group: "Workflow",
    },
    ...Object.keys(config.rules).map((id): PictureNode => ({
      id: `rule/${id}`,
      label: `rule ${id}`,
      column: 2,
      group: "Workflow",
    })),
    ...jobs.map(([id, job]): PictureNode => ({
      id: `job/${id}`,
      label: id,
      column:
        3 +
        Math.max(
          0,
          layers.findIndex((layer) => layer === job.layer),
        ),
      group: job.layer,
    })),
    {
      id: "topic",
      label: "topic alerts",
      detail: `${config.alerts.subscriptions.length} subscriptions`,
      column: 6,
      group: "Alerts",
    },
  ];
  const ofLayer = (layer: string): string[] => jobs.filter(([, job]) => job.layer === layer).map(([id]) => `job/${id}`);
  const between = (from: string, to: string): PictureEdge[] =>
    ofLayer(from).flatMap((a) => ofLayer(to).map((b) => ({ from: a, to: b })));
  const edges: PictureEdge[] = [
    { from: "raw", to: "function", label: "object created" },
    { from: "function", to: "ledger", label: "records the file" },
    { from: "function", to: "workflow", label: "starts" },
    ...ofLayer("bronze").map((job) => ({ from: "workflow", to: job })),
    ...between("bronze", "silver"),
    ...between("silver", "gold"),
    ...("failure" in config.rules ? [{ from: "rule/failure", to: "topic", label: "a job failed" }] : []),
    ...["schedule", "completion"]
      .filter((id) => id in config.rules)
      .map((id) => ({ from: `rule/${id}`, to: "function", label: "calls" })),
  ];
  return { title: `${config.project} / ${env}`, nodes, edges };
}

/** What depends on what, in the order that apply goes: needs no AWS, names are computed with a placeholder account. */
async function resources(config: LakehouseConfig, env: string, projectDir: string): Promise<Picture> {
  const { compile, dependencies } = await import("../plan-inputs.ts");
  const { desired, edges } = dependencies(await compile(config, env, projectDir));
  const depth = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    depth.set(id, 0);
    const found = Math.max(0, ...edges.filter((edge) => edge.to === id).map((edge) => depthOf(edge.from) + 1));
    depth.set(id, found);
    return found;
  };
  const nodes = desired.map(({ id, name }): PictureNode => ({
    id,
    label: id,
    detail: name,
    column: depthOf(id),
    group: `step ${depthOf(id) + 1}`,
  }));
  return { title: `${config.project} / ${env}: what needs what`, nodes, edges };
}

export const run: Run<{ format?: string; resources?: boolean; out?: string }> = async (cli, options) => {
  const draw = DRAW[options.format ?? "text"];
  if (!draw)
    throw usage("bad_format", `unknown format \`${options.format}\``, `Use one of: ${Object.keys(DRAW).join(", ")}.`);
  const project = findProject(cli.cwd, options.config);
  const env = environmentOf(project, options.env);
  const { value } = await loadLakehouse(project, env);
  const picture = options.resources ? await resources(value, env, project.dir) : pipeline(value, env);
  const text = draw(picture).join("\n");
  if (options.out) {
    writeFileSync(resolve(cli.cwd, options.out), `${text}\n`);
    cli.term.note(`Written to ${options.out}.`);
  } else if (!cli.term.json) cli.term.block(text);
  cli.term.emit({ title: picture.title, nodes: picture.nodes, edges: picture.edges });
  return EXIT.ok;
};
