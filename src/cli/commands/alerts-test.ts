import { testAlerts } from "../../operate/index.ts";
import { alertsView } from "../../ui/doctor.ts";
import type { alertsTest } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { wiringOf } from "../targets.ts";

/** Proves that each failure of each job reaches somebody. */
export const run: Run<typeof alertsTest> = async (cli, options) => {
  const session = await openSession(cli, options, { readOnly: options.send !== true });
  const show = alertsView(cli.term);
  let ok = false;
  for await (const event of testAlerts(session.aws, wiringOf(session), options.send ? { send: true } : {})) {
    show(event);
    if (event.type === "finished") ({ ok } = event);
  }
  return ok ? EXIT.ok : EXIT.failed;
};
