import { audit, type AuditFinished } from "../../operate/index.ts";
import { auditView } from "../../ui/ledger.ts";
import type { ledgerAudit } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { untilSettled } from "../put-back.ts";
import { openSession } from "../session.ts";
import { layersOf, openPipeline } from "../targets.ts";

/** S3 against the ledger against the tables; with --wait until what was mended has been read, and once more. */
export const run: Run<typeof ledgerAudit> = async (cli, options) => {
  if (options.wait && !options.repair)
    throw usage("usage", "--wait goes with --repair", "Add --repair, or leave --wait away.");
  const session = await openSession(cli, options, { readOnly: options.repair !== true });
  const show = auditView(cli.term);
  const look = async (repair: boolean): Promise<AuditFinished | undefined> => {
    let end: AuditFinished | undefined;
    const events = audit(openPipeline(session), {
      repair,
      layers: layersOf(session),
      signal: cli.interrupt,
    });
    for await (const event of events) {
      show(event);
      if (event.type === "finished") end = event;
    }
    return end;
  };
  let end = await look(options.repair === true);
  if (options.wait && end?.ok) {
    const settled = await untilSettled(cli, session);
    end = await look(false);
    if (!settled) return EXIT.failed;
  }
  return end?.ok ? EXIT.ok : EXIT.failed;
};
