import { canary, type Check, doctor, networkChecks, testAlerts } from "../../operate/index.ts";
import { alertsView, checkLine, hopLine } from "../../ui/doctor.ts";
import type { Run } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { whereTarget, wiringOf } from "../targets.ts";

/** Looks at every hop; with --canary sends a harmless file through. */
export const run: Run<{ canary?: boolean; timeout?: number }> = async (cli, options) => {
  const show = (check: Check): void => {
    cli.term.emit(check);
    checkLine(cli.term, check);
  };
  const session = await openSession(cli, options, {
    readOnly: options.canary !== true,
    // Where the way to AWS is the trouble, nothing further down is ever said.
    beforeCalls: async (clients) => (await networkChecks(clients)).forEach(show),
  });
  let ok = true;
  for await (const check of doctor(session.aws, wiringOf(session))) {
    show(check);
    if (!check.ok && check.level === "error") ok = false;
  }
  if (options.canary) {
    // Sent through a broken pipeline it would only get stuck there.
    if (!ok) cli.term.note("No canary was sent: what is wrong above comes first.");
    else
      for await (const hop of canary(session.aws, whereTarget(session), {
        ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
        signal: cli.interrupt,
      })) {
        cli.term.emit(hop);
        hopLine(cli.term, hop);
        if (!hop.ok) ok = false;
      }
  }
  if (cli.interrupt.aborted) return EXIT.interrupted;
  return ok ? EXIT.ok : EXIT.failed;
};

/** Proves that each failure of each job reaches somebody. */
export const alerts: Run<{ send?: boolean }> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.send !== true });
  const show = alertsView(cli.term);
  let ok = false;
  for await (const event of testAlerts(session.aws, wiringOf(session), options.send ? { send: true } : {})) {
    show(event);
    if (event.type === "finished") ({ ok } = event);
  }
  return ok ? EXIT.ok : EXIT.failed;
};
