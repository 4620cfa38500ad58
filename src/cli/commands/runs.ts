import { listRuns, runLogs, type RunsOptions, showRun, stopWorkflowRun } from "../../operate/index.ts";
import { clockTime, stateText } from "../../ui/run.ts";
import { table } from "../../ui/table.ts";
import type { Run } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { jobKey, ledgerTarget, openSession, runTarget, type Session } from "../session.ts";

const money = (usd: number | null): string | null => (usd === null ? null : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`);

/** The embedded AWS bills nothing. */
const billing = (session: Session): RunsOptions => ({
  ledger: ledgerTarget(session),
  free: session.config.aws.embedded,
});

export const list: Run<{ limit?: number }> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  const rows = await listRuns(session.aws, runTarget(session), { limit: options.limit, ...billing(session) });
  for (const row of rows) cli.term.emit(row);
  if (rows.length === 0) cli.term.note(`No runs yet. Start one: metriccare run-workflow --env ${session.env}`);
  if (rows.length === 0 || cli.term.json) return EXIT.ok;
  const columns = [
    { title: "started" },
    { title: "verdict" },
    { title: "took", align: "right" as const },
    { title: "files", align: "right" as const },
    { title: "cost", align: "right" as const },
    { title: "run" },
    { title: "not succeeded" },
  ];
  const cells = rows.map((row) => [
    row.started_at,
    stateText(cli.term, row.verdict),
    clockTime(row.seconds),
    row.files,
    money(row.cost_usd),
    row.run_id,
    row.failed.join(" "),
  ]);
  for (const line of table(columns, cells)) cli.term.line(line);
  return EXIT.ok;
};

export const show: Run = async (cli, options, args) => {
  const session = await openSession(cli, options, { readOnly: true });
  const run = await showRun(session.aws, runTarget(session), { runId: args[0], ...billing(session) });
  cli.term.emit(run);
  cli.term.line(
    `Run ${run.run_id}: ${stateText(cli.term, run.verdict)} (Glue says ${run.status}), ${clockTime(run.seconds)}, ${run.files ?? 0} files${run.failed_files ? ` (${run.failed_files} failed: metriccare ledger list --status failed --run ${run.run_id})` : ""}, ${run.dpu_seconds} DPU-seconds${run.cost_usd === null ? "" : `, about ${money(run.cost_usd)}`}.`,
  );
  if (run.previous_run_id) cli.term.line(`It resumed ${run.previous_run_id}.`);
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
    run.jobs.map((job) => [
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

const hiddenText = (count: number): string =>
  `${count} ${count === 1 ? "line is" : "lines are"} not shown, as ${count === 1 ? "it" : "they"} may hold input data: --raw shows all`;

export const logs: Run<{ job?: string; lines?: number; follow?: boolean; raw?: boolean }> = async (
  cli,
  options,
  args,
) => {
  const session = await openSession(cli, options, { readOnly: true });
  const target = runTarget(session);
  const job = options.job === undefined ? undefined : jobKey(session, options.job);
  if (options.raw) cli.term.note("These are all lines as the scripts printed them. They may hold patient data.");
  let current = "";
  let waiting: string[] = [];
  // A log is printed from its last lines on; while following, each line as it comes.
  const flush = (): void => {
    for (const line of waiting.slice(-(options.lines ?? 50))) cli.term.line(line);
    waiting = [];
  };
  for await (const event of runLogs(session.aws, target, {
    runId: args[0],
    job,
    follow: options.follow,
    raw: options.raw,
    signal: cli.interrupt,
  })) {
    if (event.type === "log-of") {
      flush();
      current = event.key;
      cli.term.line(cli.term.paint.bold(`${event.key} ${event.jobRunId} ${event.state}`));
    } else if (event.type === "hidden") {
      flush();
      cli.term.emit({ job: current, hidden: event.count });
      cli.term.line(`  ${hiddenText(event.count)}`);
    } else if (event.type === "reconnecting" || event.type === "closed") cli.term.note(event.text);
    else {
      cli.term.emit({ job: current, stream: event.stream, at: event.at, text: event.text });
      const line = `  ${event.at} ${event.text}`;
      if (options.follow) cli.term.line(line);
      else waiting.push(line);
    }
  }
  flush();
  return cli.interrupt.aborted ? EXIT.interrupted : EXIT.ok;
};

export const stop: Run = async (cli, options, args) => {
  const session = await openSession(cli, options, { readOnly: false });
  const { runId, stopped } = await stopWorkflowRun(session.aws, runTarget(session), args[0]);
  cli.term.emit({ runId, stopped });
  cli.term.line(stopped ? `Run ${runId} is being stopped; its jobs end at once.` : `Run ${runId} was over already.`);
  return EXIT.ok;
};
