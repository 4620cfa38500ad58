import { stopWorkflowRun } from "../../operate/index.ts";
import type { runsStop } from "../declared/runs.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { runTarget } from "../targets.ts";

/** Stops a run that is on. */
export const run: Run<typeof runsStop> = async (cli, options, { run: asked }) => {
  const session = await openSession(cli, options, { readOnly: false });
  const { runId, stopped } = await stopWorkflowRun(session.aws, runTarget(session, options.workflow), asked);
  cli.term.emit({ runId, stopped });
  cli.term.line(stopped ? `Run ${runId} is being stopped; its jobs end at once.` : `Run ${runId} was over already.`);
  return EXIT.ok;
};
