import { runLogs } from "../../operate/index.ts";
import type { runsLogs } from "../declared/runs.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { jobKey, openSession } from "../session.ts";
import { runTarget } from "../targets.ts";

const hiddenText = (count: number): string =>
  `${count} ${count === 1 ? "line is" : "lines are"} not shown, as ${count === 1 ? "it" : "they"} may hold input data: --raw shows all`;

/** What the jobs of a run printed. */
export const run: Run<typeof runsLogs> = async (cli, options, { run: runId }) => {
  const session = await openSession(cli, options, { readOnly: true });
  const target = runTarget(session, options.workflow);
  const job = options.job === undefined ? undefined : jobKey(session, options.job);
  if (options.raw) cli.term.note("These are all lines as the scripts printed them. They may hold patient data.");
  let current = "";
  let waiting: string[] = [];
  // A log is printed from its last lines on; while following, each line as it comes.
  const flush = (): void => {
    for (const line of waiting.slice(-options.lines)) cli.term.line(line);
    waiting = [];
  };
  for await (const event of runLogs(session.aws, target, {
    runId,
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
