import { canary, type Check, doctor, networkChecks } from "../../operate/index.ts";
import { checkLine, hopLine } from "../../ui/doctor.ts";
import type { doctor as declared } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline, wiringOf } from "../targets.ts";

/** Looks at every hop; with --canary sends a harmless file through. */
export const run: Run<typeof declared> = async (cli, options) => {
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
      for await (const hop of canary(openPipeline(session), {
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
