import type { RunDetail, RunRow } from "../../operate/runs/history.ts";
import type { LogLine } from "../../operate/runs/log-lines.ts";
import type { RunQuality } from "../../operate/quality/said.ts";
import { keys, names } from "./json.ts";
import { command, type Group, on } from "./kit.ts";
import { countOr, flag, optional, text } from "./options.ts";

const workflow = text("<id>", "a workflow of `workflows`; the pipeline's when left out, or the only one");

export const runsList = command({
  name: "list",
  summary: "Newest first, with the verdict of their graphs",
  options: { limit: countOr(20, "<n>", "at most this many"), workflow },
  examples: ["metriccare runs list --env dev --limit 5"],
  env: true,
  json: `lines: ${keys<RunRow>({
    run_id: "",
    previous_run_id: "",
    verdict: "",
    because: ": `quality` where all jobs succeeded and a quality check of level error failed, else null",
    status: "",
    started_at: "",
    ended_at: "",
    seconds: "",
    files: "",
    failed_files: "",
    failed: "",
    dpu_seconds: "",
    cost_usd: "",
  })}; \`verdict\` is \`running\` while it is on; \`cost_usd\` is null on the embedded AWS`,
});

export const runsShow = command({
  name: "show",
  summary: "One run: its jobs, their states, times and causes",
  arguments: { run: optional("run id; the last one when left out") },
  options: { workflow },
  examples: ["metriccare runs show --env dev wr_0123…"],
  env: true,
  json: `one run as of \`runs list\`, with \`${names<Omit<RunDetail, keyof RunRow>>({
    jobs: `: [{${names<RunDetail["jobs"][number]>({
      key: "",
      name: "",
      state: "",
      attempt: "",
      seconds: "",
      job_run_id: "",
      dpu_seconds: "",
      error: "",
    })}}]`,
    file_ids: "",
    cost: "",
    quality: `: {${names<RunQuality>({
      errors: "",
      warnings: "",
      passed: "",
      failed: `: [{${names<RunQuality["failed"][number]>({ check: "", dataset: "", level: "", count: "" })}}]`,
    })}} or null`,
  })}\``,
});

export const runsLogs = command({
  name: "logs",
  summary: "What the jobs of a run printed: the lines that can hold no input data, and how many others there are",
  arguments: { run: optional("id of a run or of a job run; the last run when left out") },
  options: {
    job: text("<key>", "only this job"),
    raw: flag("all lines as they are: they may hold patient data"),
    lines: countOr(50, "<n>", "last lines of each log"),
    follow: flag("go on until the run is over", "f"),
    workflow,
  },
  examples: ["metriccare runs logs --env dev --job bronze_patient", "metriccare runs logs --env dev jr_0123… --raw"],
  env: true,
  json: `lines: \`{job, ${names<Omit<LogLine, "type">>({ stream: "", at: "", text: "" })}}\`; after those of a job \`{job, hidden}\` where lines are not shown (never with \`--raw\`)`,
});

export const runsStop = command({
  name: "stop",
  summary: "Stop a run that is on",
  arguments: { run: optional("run id; the run that is on when left out") },
  options: { workflow },
  examples: ["metriccare runs stop --env dev"],
  env: true,
  json: "`{runId, stopped}`; `stopped` is false where the run was over already",
});

export const runs: Group = {
  name: "runs",
  summary: "Past and present workflow runs",
  examples: [
    "metriccare runs list --env dev",
    "metriccare runs show wr_… --env dev",
    "metriccare runs logs wr_… --env dev",
  ],
  commands: [
    on(runsList, () => import("../commands/runs-list.ts")),
    on(runsShow, () => import("../commands/runs-show.ts")),
    on(runsLogs, () => import("../commands/runs-logs.ts")),
    on(runsStop, () => import("../commands/runs-stop.ts")),
  ],
};
