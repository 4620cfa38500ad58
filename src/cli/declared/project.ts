import type { Outputs } from "../../lakehouse/outputs.ts";
import { keys } from "./json.ts";
import { command, type Group, on } from "./kit.ts";
import { flag, oneOfOr, optionalOr, required, text, textOr } from "./options.ts";

export const init = command({
  name: "init",
  summary: "Make a project folder: config, Glue scripts and Lambda handler to start from",
  arguments: { dir: optionalOr(".", "the folder to make") },
  options: {
    project: text("<name>", "name that every resource starts with"),
    timeZone: text("<zone>", "calendar of the hospitals, such as America/Chicago; asked for, else this machine's"),
    asOf: textOr("today", "<date>", "the day that the data is complete up to"),
  },
  examples: ["metriccare init my-lakehouse", "metriccare init . --project northclinic --time-zone America/Chicago"],
  exits: { 1: "failed, or the folder holds a project already" },
  json: "`{dir, project, made, as_of, time_zone}`",
});

export const validate = command({
  name: "validate",
  summary: "Check the config of one environment, or of all; needs no AWS",
  examples: ["metriccare validate", "metriccare validate --env prod --json"],
  env: true,
  exits: { 64: "bad usage, or mistakes in the config or the scripts" },
  json: "`{valid: true, environments, problems: [], findings}` (findings as of `diff`: warnings that need no AWS), or an error",
});

export const configShow = command({
  name: "show",
  summary: "The merged config of an environment, every default filled in",
  options: {
    expanded: flag("the plain sections that it stands for: what the pipeline means, written out"),
  },
  examples: [
    "metriccare config show --env dev",
    "metriccare config show --env dev --expanded",
    "metriccare config show --env prod --json",
  ],
  env: true,
  json: "the merged config; with `--expanded` the plain one, which is a config of its own",
});

export const configDiff = command({
  name: "diff",
  summary: "How the merged configs of two environments differ; needs no AWS",
  arguments: { left: required("an environment", "env"), right: required("and another one", "other") },
  options: { exitCode: flag("exit 2 when they differ") },
  examples: ["metriccare config diff dev prod", "metriccare config diff dev prod --json"],
  exits: { 2: "with --exit-code: they differ" },
  json: "`{left, right, differences: [{path, left, right}]}`; `null` where an environment has no such key",
});

export const config: Group = {
  name: "config",
  summary: "Look at the config",
  examples: ["metriccare config show --env dev", "metriccare config diff dev prod"],
  commands: [
    on(configShow, () => import("../commands/config-show.ts")),
    on(configDiff, () => import("../commands/config-diff.ts")),
  ],
};

export const outputs = command({
  name: "outputs",
  summary: "Names and ARNs, the same before and after apply",
  examples: ["metriccare outputs --env dev", "metriccare outputs --env local --json"],
  env: true,
  json: `${keys<Outputs>({
    buckets: "",
    databases: "",
    jobs: "",
    workflow: ": {name, arn, triggers}",
    workflows: "?: the same by id",
    function: "",
    ledger: "",
    topic: "",
    queues: "",
    rules: "",
    roles: "",
  })}; each \`{name, arn}\` by its id; other sections of the config by their own keys, where something stands in them`,
});

export const graph = command({
  name: "graph",
  summary: "A picture of the pipeline and of what depends on what",
  options: {
    format: oneOfOr("text", {
      of: ["text", "mermaid", "dot", "html"],
      noun: "format",
      summary: "how to draw it",
      code: "bad_format",
    }),
    resources: flag("draw every resource and what it needs, instead of the pipeline"),
    out: text("<file>", "write there instead of to the terminal"),
  },
  examples: [
    "metriccare graph --env dev",
    "metriccare graph --env dev --format mermaid",
    "metriccare graph --env dev --format html --out graph.html",
  ],
  env: true,
  json: "`{title, nodes, edges}`",
});

export const describe = {
  init: on(init, () => import("../commands/init.ts")),
  validate: on(validate, () => import("../commands/validate.ts")),
  outputs: on(outputs, () => import("../commands/outputs.ts")),
  graph: on(graph, () => import("../commands/graph.ts")),
};
