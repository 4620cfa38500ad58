import { resumeWorkflow } from "../../operate/runs/resume.ts";
import { failedFiles } from "../../operate/ledger/of-run.ts";
import type { FollowOptions, RunFinished } from "../../operate/runs/events.ts";
import { runWorkflow } from "../../operate/runs/follow.ts";
import { runView } from "../../ui/run.ts";
import type { Cli } from "../cli.ts";
import type { runWorkflow as declared } from "../declared/pipeline.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { openSession, type Session } from "../session.ts";
import { ledgerIfAny, runTarget } from "../targets.ts";

type Options = OptionsOf<typeof declared>;

/** Run property that Gold's jobs look for (`jobs.py`). */
const FULL = "metriccare_full";

const VERDICT_EXIT = { succeeded: EXIT.ok, failed: EXIT.failed, stopped: EXIT.failed, timeout: EXIT.failed } as const;

function checked(options: Options): void {
  const ways = [options.attach && "--attach", options.run && "--run", options.resume && "--resume"].filter(Boolean);
  if (options.full && ways.length > 0)
    throw usage(
      "usage",
      `--full starts a run, and ${ways.join(" and ")} would follow another`,
      "Leave one of them out.",
    );
  if (ways.length > 1) throw usage("usage", `${ways.join(" and ")} exclude each other`, "Choose one of them.");
}

const follow = (cli: Cli, options: Options): FollowOptions => ({
  timeoutMs: options.timeout,
  signal: cli.interrupt,
  stopOnInterrupt: options.stopOnInterrupt,
});

/** Files may fail in a run that is good. A ledger that cannot be read does not hide how the run went. */
async function withFiles(session: Session, event: RunFinished): Promise<RunFinished> {
  if (event.runId === "") return event;
  const ledger = ledgerIfAny(session);
  const failed = ledger && (await failedFiles(ledger, [event.runId]).catch(() => undefined));
  const count = failed?.get(event.runId) ?? 0;
  return count > 0 ? { ...event, failedFiles: count } : event;
}

/** Starts, attaches or resumes, follows to the end; the exit code is the verdict of the run's graph. */
export const run: Run<typeof declared> = async (cli, options) => {
  checked(options);
  const session = await openSession(cli, options, { readOnly: false });
  const target = runTarget(session, options.workflow);
  const show = runView(cli.term);
  const events = options.resume
    ? resumeWorkflow(session.aws, target, {
        ...follow(cli, options),
        runId: options.resume === true ? undefined : options.resume,
        noWait: options.wait === false,
      })
    : runWorkflow(session.aws, target, {
        ...follow(cli, options),
        attach: options.attach,
        runId: options.run,
        properties: options.full ? { ...options.property, [FULL]: "true" } : options.property,
        noWait: options.wait === false,
      });
  let code: number = EXIT.ok;
  for await (const event of events) {
    show(event.type === "finished" ? await withFiles(session, event) : event);
    if (event.type === "finished") code = VERDICT_EXIT[event.verdict];
    if (event.type === "detached") code = EXIT.interrupted;
  }
  return cli.interrupt.aborted ? EXIT.interrupted : code;
};
