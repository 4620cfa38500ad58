import { ingest } from "../../operate/index.ts";
import { ingestView } from "../../ui/ingest.ts";
import type { ingest as declared } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** Puts FHIR files under the raw prefix; with --wait follows them to their end. */
export const run: Run<typeof declared> = async (cli, options, { paths }) => {
  const session = await openSession(cli, options, { readOnly: false });
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
  return ok ? EXIT.ok : EXIT.failed;
};
