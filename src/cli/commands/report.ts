import { registryOf } from "../../lakehouse/registry.ts";
import { type ReportHead, modelOf } from "../../operate/report/model.ts";
import { readReport, type ReportPlaces } from "../../operate/report/read.ts";
import { summaryOf } from "../../operate/report/summary.ts";
import { progress } from "../../ui/progress.ts";
import { GENERATOR, reportHtml } from "../../ui/report/page.ts";
import type { report } from "../declared/report.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { CliError, EXIT } from "../errors.ts";
import { pipelinePicture } from "../pipeline-picture.ts";
import { checkPlace, PRIVATE, writeReport } from "../report-file.ts";
import { openSession, type Session } from "../session.ts";
import { layerPlace, layersOf, ledgerIfAny, runTarget, undeliveredOf } from "../targets.ts";

/** What an environment has not is no mistake here: the page says so in that part. */
function ifAny<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (error instanceof CliError && (error.code === "not_in_config" || error.code === "unknown_workflow"))
      return undefined;
    throw error;
  }
}

const placesOf = (session: Session, runs: number): ReportPlaces => ({
  gold: layerPlace(session, "gold"),
  registry: registryOf(session.config, session.project.dir),
  run: ifAny(() => runTarget(session)),
  ledger: ledgerIfAny(session),
  queue: undeliveredOf(session),
  layers: ifAny(() => layersOf(session)),
  runs,
  free: session.config.aws.embedded,
});

const headOf = ({ aws, config }: Session, { publishable }: OptionsOf<typeof report>): ReportHead => ({
  project: config.project,
  env: aws.env,
  account: aws.account,
  region: aws.region,
  made_at: new Date(aws.clock.now()).toISOString(),
  publishable: publishable === true,
  free: config.aws.embedded,
});

/** Reads tables, ledger and runs, and writes the page. */
export const run: Run<typeof report> = async (cli, options) => {
  const file = checkPlace(cli.cwd, options.out, GENERATOR, options.force === true);
  const session = await openSession(cli, options, { readOnly: true });
  const shown = await progress(cli.term, "report: reading tables, ledger and runs");
  try {
    const places = placesOf(session, options.runs);
    const model = modelOf(headOf(session, options), await readReport(session.aws, places), places.registry);
    shown.say("report: drawing");
    const page = reportHtml(model, pipelinePicture(session.config, session.env));
    writeReport(file, page, model.head.publishable ? undefined : PRIVATE);
    const summary = summaryOf(model, file, Buffer.byteLength(page));
    cli.term.emit(summary);
    shown.done();
    const unread = Object.entries(summary.unread).map(([part, why]) => `${part}: ${why}`);
    for (const line of unread) cli.term.note(`note: not on the page: ${line}`);
    cli.term.line(
      `${options.out}: ${summary.rows} rows of ${summary.figures} figures (${summary.suppressed} suppressed), ${summary.facilities} facilities, ${summary.runs} runs.`,
    );
    return EXIT.ok;
  } catch (error) {
    shown.fail();
    throw error;
  }
};
