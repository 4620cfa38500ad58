import { showRun } from "../../operate/index.ts";
import type { RunDetail } from "../../operate/runs/history.ts";
import { clockTime, qualityLine, stateText } from "../../ui/run.ts";
import { table } from "../../ui/table.ts";
import { billing, money } from "../billing.ts";
import type { runsShow } from "../declared/runs.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { runTarget } from "../targets.ts";

const checksLine = (quality: NonNullable<RunDetail["quality"]>): string =>
  quality.errors + quality.warnings > 0
    ? qualityLine(quality)
    : `${quality.passed} quality ${quality.passed === 1 ? "check" : "checks"} passed.`;

/** One run: its jobs, their states, times and causes. */
export const run: Run<typeof runsShow> = async (cli, options, { run: runId }) => {
  const session = await openSession(cli, options, { readOnly: true });
  const found = await showRun(session.aws, runTarget(session, options.workflow), { runId, ...billing(session) });
  cli.term.emit(found);
  cli.term.line(
    `Run ${found.run_id}: ${stateText(cli.term, found.verdict)}${found.because ? ` because of ${found.because}` : ""} (Glue says ${found.status}), ${clockTime(found.seconds)}, ${found.files ?? 0} files${found.failed_files ? ` (${found.failed_files} failed: metriccare ledger list --status failed --run ${found.run_id})` : ""}, ${found.dpu_seconds} DPU-seconds${found.cost_usd === null ? "" : `, about ${money(found.cost_usd)}`}.`,
  );
  if (found.quality) cli.term.line(checksLine(found.quality));
  if (found.previous_run_id) cli.term.line(`It resumed ${found.previous_run_id}.`);
  const columns = [
    { title: "job" },
    { title: "state" },
    { title: "attempt", align: "right" as const },
    { title: "took", align: "right" as const },
    { title: "job run" },
    { title: "error" },
  ];
  for (const line of table(
    columns,
    found.jobs.map((job) => [
      job.key,
      stateText(cli.term, job.state),
      job.attempt + 1,
      clockTime(job.seconds),
      job.job_run_id,
      job.error,
    ]),
  ))
    cli.term.line(line);
  return EXIT.ok;
};
