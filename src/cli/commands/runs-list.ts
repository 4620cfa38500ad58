import { listRuns } from "../../operate/index.ts";
import { clockTime, stateText } from "../../ui/run.ts";
import { table } from "../../ui/table.ts";
import { billing, money } from "../billing.ts";
import type { runsList } from "../declared/runs.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { runTarget } from "../targets.ts";

/** Runs, newest first, each with the verdict of its graph. */
export const run: Run<typeof runsList> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: true });
  const rows = await listRuns(session.aws, runTarget(session, options.workflow), {
    limit: options.limit,
    ...billing(session),
  });
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
