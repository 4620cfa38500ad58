import { ingest } from "../../operate/index.ts";
import { ingestView } from "../../ui/ingest.ts";
import type { ingest as declared } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { accountingOf, leftOutTexts } from "../left-out.ts";
import { openPipeline } from "../targets.ts";

/** Puts FHIR files under the raw prefix; with --wait follows them to their end. */
export const run: Run<typeof declared> = async (cli, options, { paths }) => {
  const session = await openSession(cli, options, { readOnly: false });
  const before = options.wait ? await accountingOf(session) : undefined;
  const events = ingest(openPipeline(session), {
    paths,
    neutralNames: options.neutralNames,
    wait: options.wait,
    timeoutMs: options.timeout,
    signal: cli.interrupt,
  });
  const show = ingestView(cli.term);
  let ok = false;
  for await (const event of events) {
    show(event);
    if (event.type === "finished") ok = event.ok;
  }
  if (cli.interrupt.aborted) return EXIT.interrupted;
  if (ok && options.wait)
    for (const text of leftOutTexts(session, before, await accountingOf(session))) cli.term.note(text);
  return ok ? EXIT.ok : EXIT.failed;
};
