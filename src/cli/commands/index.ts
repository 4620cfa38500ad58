import { InvalidArgumentError } from "commander";
import { collect, type Declaration, type Group } from "../cli.ts";
import { filters, ledgerCare, operating } from "./operating.ts";
import { count, duration } from "./options.ts";

const property = (value: string, before: Record<string, string> = {}): Record<string, string> => {
  const at = value.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected key=value.");
  return { ...before, [value.slice(0, at)]: value.slice(at + 1) };
};

const only = "only this resource or service, with what it needs; may be repeated";

/** Every command. Its code is loaded when it runs. */
export const declarations: readonly (Declaration | Group)[] = [
  {
    name: "init",
    description: "Make a project folder: config, Glue scripts and Lambda handler to start from",
    examples: ["metriccare init my-lakehouse", "metriccare init . --project northclinic"],
    declare: (command) =>
      command
        .argument("[dir]", "the folder to make", ".")
        .option("--project <name>", "name that every resource starts with"),
    load: () => import("./init.ts"),
  },
  {
    name: "validate",
    description: "Check the config of one environment, or of all; needs no AWS",
    examples: ["metriccare validate", "metriccare validate --env prod --json"],
    env: true,
    load: () => import("./validate.ts"),
  },
  {
    name: "config",
    description: "Look at the config",
    examples: ["metriccare config show --env dev", "metriccare config diff dev prod"],
    commands: [
      {
        name: "show",
        description: "The merged config of an environment, every default filled in",
        examples: ["metriccare config show --env dev", "metriccare config show --env prod --json"],
        env: true,
        load: () => import("./config-show.ts"),
      },
      {
        name: "diff",
        description: "How the merged configs of two environments differ; needs no AWS",
        examples: ["metriccare config diff dev prod", "metriccare config diff dev prod --json"],
        declare: (command) =>
          command
            .argument("<env>", "an environment")
            .argument("<other>", "and another one")
            .option("--exit-code", "exit 2 when they differ"),
        load: () => import("./config-diff.ts"),
      },
    ],
  },
  {
    name: "diff",
    description: "What apply would do; only reads",
    examples: [
      "metriccare diff --env dev",
      "metriccare diff --env prod --exit-code --json",
      "metriccare diff --env dev --only glue",
      "metriccare diff --env prod --out plan.json",
    ],
    env: true,
    declare: (command) =>
      command
        .option("--only <address or service>", only, collect)
        .option("--adopt <address>", "take over a resource that exists without our mark; may be repeated", collect)
        .option("--all", "also list what stays as it is")
        .option("--drift", "only what somebody changed outside of metriccare")
        .option("--out <file>", "save the plan, for `apply <file>`")
        .option("--exit-code", "exit 2 when there are changes"),
    load: () => import("./diff.ts"),
  },
  {
    name: "apply",
    description: "Make AWS what the config says",
    examples: [
      "metriccare apply --env local",
      "metriccare apply --env dev --yes",
      "metriccare apply --env dev --only glue.job/bronze_patient",
      "metriccare apply plan.json --yes",
    ],
    env: true,
    declare: (command) =>
      command
        .argument("[plan]", "a plan that `diff --out` saved: steps whose resource moved since are refused")
        .option("--only <address or service>", only, collect)
        .option("--adopt <address>", "take over a resource that exists without our mark; may be repeated", collect)
        .option("-y, --yes", "do not ask")
        .option("--wait", "wait for another apply to end instead of failing"),
    load: () => import("./apply.ts"),
  },
  {
    name: "destroy",
    description: "Remove what is ours; keeps data unless told otherwise",
    examples: ["metriccare destroy --env dev", "metriccare destroy --env local --include-data --yes"],
    env: true,
    declare: (command) =>
      command
        .option("--only <address or service>", "only this resource or service; may be repeated", collect)
        .option("--include-data", "also buckets with objects, the ledger, databases with tables")
        .option("-y, --yes", "do not ask")
        .option("--wait", "wait for another apply to end instead of failing"),
    load: () => import("./apply.ts").then(({ destroy }) => ({ run: destroy })),
  },
  {
    name: "outputs",
    description: "Names and ARNs, the same before and after apply",
    examples: ["metriccare outputs --env dev", "metriccare outputs --env local --json"],
    env: true,
    load: () => import("./outputs.ts"),
  },
  {
    name: "iam-policy",
    description: "The least IAM policy for whoever uses metriccare: made from the calls its code makes",
    examples: [
      "metriccare iam-policy deployer --env dev > deployer.json",
      "metriccare iam-policy reader --env prod --account 123456789012 --region eu-central-1",
      "metriccare iam-policy deployer --env prod --split",
      "metriccare iam-policy boundary --env prod > boundary.json",
    ],
    env: true,
    declare: (command) =>
      command
        .argument(
          "<deployer|operator|reader|boundary>",
          "deployer: builds, inside of the boundary; operator: runs and repairs; reader: drift checks, no patient data; boundary: what no role may go beyond",
        )
        .option("--no-iam", "a deployer for accounts where roles are given: it hands them on and changes none")
        .option("--account <id>", "account it is for (default: the config's, or that of the credentials)")
        .option("--region <region>", "region it is for")
        .option("--split", "a list of policies, each short enough for a managed policy (6,144 characters)"),
    load: () => import("./iam-policy.ts"),
  },
  {
    name: "graph",
    description: "A picture of the pipeline and of what depends on what",
    examples: [
      "metriccare graph --env dev",
      "metriccare graph --env dev --format mermaid",
      "metriccare graph --env dev --format html --out graph.html",
    ],
    env: true,
    declare: (command) =>
      command
        .option("--format <text|mermaid|dot|html>", "how to draw it", "text")
        .option("--resources", "draw every resource and what it needs, instead of the pipeline")
        .option("--out <file>", "write there instead of to the terminal"),
    load: () => import("./graph.ts"),
  },
  {
    name: "ingest",
    description: "Put FHIR files under the raw prefix, where they start the workflow",
    examples: [
      "metriccare ingest --env local --wait test/fhir-sample",
      "metriccare ingest --env dev export/*.ndjson.gz --neutral-names",
    ],
    env: true,
    declare: (command) =>
      command
        .argument("<files or folders...>", "a file goes by its name, a folder by the paths inside it")
        .option("--wait", "follow the runs until every file is at its end, Gold included")
        .option("--timeout <duration>", "with --wait: give up after this long", duration)
        .option("--neutral-names", "replace file names by dataset and content hash"),
    load: () => import("./ingest.ts"),
  },
  {
    name: "run-workflow",
    description: "Start the workflow, or attach to a run, and follow it to its verdict",
    examples: [
      "metriccare run-workflow --env local",
      "metriccare run-workflow --env dev --attach",
      "metriccare run-workflow --env dev --json --timeout 2h",
    ],
    env: true,
    declare: (command) =>
      command
        .option("--attach", "follow the run that is on; start one when none is")
        .option("--run <id>", "follow this run")
        .option("--no-wait", "start and leave")
        .option("--timeout <duration>", "stop following after this long; the run goes on", duration)
        .option("--stop-on-interrupt", "Ctrl-C stops the run instead of leaving it alone")
        .option("--property <key=value>", "run property; may be repeated", property)
        .option("--resume [run]", "run again what failed in this (or the last) run, and what follows it"),
    load: () => import("./run-workflow.ts"),
  },
  {
    name: "runs",
    description: "Past and present workflow runs",
    examples: [
      "metriccare runs list --env dev",
      "metriccare runs show wr_… --env dev",
      "metriccare runs logs wr_… --env dev",
    ],
    commands: [
      {
        name: "list",
        description: "Newest first, with the verdict of their graphs",
        examples: ["metriccare runs list --env dev --limit 5"],
        env: true,
        declare: (command) => command.option("--limit <n>", "at most this many", count, 20),
        load: () => import("./runs.ts").then(({ list }) => ({ run: list })),
      },
      {
        name: "show",
        description: "One run: its jobs, their states, times and causes",
        examples: ["metriccare runs show --env dev wr_0123…"],
        env: true,
        declare: (command) => command.argument("[run]", "run id; the last one when left out"),
        load: () => import("./runs.ts").then(({ show }) => ({ run: show })),
      },
      {
        name: "logs",
        description:
          "What the jobs of a run printed: the lines that can hold no input data, and how many others there are",
        examples: [
          "metriccare runs logs --env dev --job bronze_patient",
          "metriccare runs logs --env dev jr_0123… --raw",
        ],
        env: true,
        declare: (command) =>
          command
            .argument("[run]", "id of a run or of a job run; the last run when left out")
            .option("--job <key>", "only this job")
            .option("--raw", "all lines as they are: they may hold patient data")
            .option("--lines <n>", "last lines of each log", count, 50)
            .option("-f, --follow", "go on until the run is over"),
        load: () => import("./runs.ts").then(({ logs }) => ({ run: logs })),
      },
      {
        name: "stop",
        description: "Stop a run that is on",
        examples: ["metriccare runs stop --env dev"],
        env: true,
        declare: (command) => command.argument("[run]", "run id; the run that is on when left out"),
        load: () => import("./runs.ts").then(({ stop }) => ({ run: stop })),
      },
    ],
  },
  {
    name: "ledger",
    description: "The ledger of processed files",
    examples: [
      "metriccare ledger list --env dev --status failed",
      "metriccare ledger show --env dev Patient.000.ndjson",
    ],
    commands: [
      {
        name: "list",
        description: "One row a file generation, newest first",
        examples: [
          "metriccare ledger list --env dev --limit 20",
          "metriccare ledger list --env dev --json --status processed",
        ],
        env: true,
        declare: (command) => filters(command.option("--limit <n>", "at most this many rows", count)),
        load: () => import("./ledger.ts").then(({ list }) => ({ run: list })),
      },
      {
        name: "show",
        description: "Every generation of one file",
        examples: ["metriccare ledger show --env dev fhir/Patient.000.ndjson"],
        env: true,
        declare: (command) => command.argument("<file>", "key, file name or file_id"),
        load: () => import("./ledger.ts").then(({ show }) => ({ run: show })),
      },
      {
        name: "stats",
        description: "Counts by status and dataset",
        examples: ["metriccare ledger stats --env dev"],
        env: true,
        load: () => import("./ledger.ts").then(({ stats }) => ({ run: stats })),
      },
      ...ledgerCare,
    ],
  },
  ...operating,
  {
    name: "measures",
    description: "The measures in the Gold tables: crude, not risk-adjusted, not a CMS result",
    examples: [
      "metriccare measures --env local",
      "metriccare measures --env local --measure readmission_30d --by month --json",
      "metriccare measures --env prod --publishable",
    ],
    env: true,
    declare: (command) =>
      command
        .option("--measure <name>", "only this measure")
        .option("--cohort <name>", "all or age65plus")
        .option("--by <overall|facility|year|month>", "only rows of this grouping")
        .option("--facility <id>", "only rows of this facility")
        .option("--period <year or month>", "only rows of this year (2024) or month (2024-05)")
        .option("--publishable", "without counts of 1 to 10, and whatever they could be computed from"),
    load: () => import("./measures.ts"),
  },
  {
    name: "local",
    description: "The embedded AWS of this project folder",
    examples: ["metriccare local up", 'eval "$(metriccare local env)"', "metriccare local down"],
    commands: [
      {
        name: "up",
        description: "Install what is missing, start it, return when it is ready",
        examples: ["metriccare local up"],
        env: true,
        load: () => import("./local.ts").then(({ up }) => ({ run: up })),
      },
      {
        name: "down",
        description: "Stop it; its state stays",
        examples: ["metriccare local down"],
        load: () => import("./local.ts").then(({ down }) => ({ run: down })),
      },
      {
        name: "status",
        description: "Whether it runs, and where",
        examples: ["metriccare local status --json"],
        load: () => import("./local.ts").then(({ status }) => ({ run: status })),
      },
      {
        name: "reset",
        description: "Forget everything in it, all environments",
        examples: ["metriccare local reset --yes"],
        declare: (command) => command.option("-y, --yes", "do not ask"),
        load: () => import("./local.ts").then(({ reset }) => ({ run: reset })),
      },
      {
        name: "env",
        description: "Print the export lines that point any AWS tool at it",
        examples: ['eval "$(metriccare local env)"'],
        load: () => import("./local.ts").then(({ env }) => ({ run: env })),
      },
    ],
  },
];
