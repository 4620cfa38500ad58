import { worked } from "../../operate/runs/graph.ts";
import { forget, type ForgetPlace } from "../../operate/index.ts";
import { tempFolder } from "../../lakehouse/rights.ts";
import { forgetView } from "../../ui/forget.ts";
import type { forget as declared } from "../declared/pipeline.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { openSession, type Session } from "../session.ts";
import { layerPlace, layersOf, openPipeline } from "../targets.ts";

/** Each table of Bronze and Silver with the job that writes it. */
function writersOf(session: Session): ForgetPlace["writers"] {
  const { config, outputs } = session;
  const scripts = outputs.buckets[config.scriptsBucket]?.name;
  return Object.entries(layersOf(session).tables).flatMap(([key, { layer, table }]) => {
    const job = outputs.jobs[key]?.name;
    const role = config.jobs[key]?.role;
    if (layer === "gold" || table === undefined || job === undefined) return [];
    if (role === undefined || scripts === undefined) return [];
    return [{ layer, dataset: table, job, temp: `s3://${scripts}/${tempFolder(role)}` }];
  });
}

/** Erases a person or a file, after the plan; then the measures are computed anew, and everything is looked through once more. */
export const run: Run<typeof declared> = async (cli, options, { what }) => {
  const session = await openSession(cli, options, { readOnly: options.yes !== true });
  const place = {
    pipeline: openPipeline(session),
    silver: layerPlace(session, "silver"),
    writers: writersOf(session),
  };
  const show = forgetView(cli.term, { yes: options.yes === true });
  let code: number = EXIT.ok;
  for await (const event of forget(place, what, { yes: options.yes === true, signal: cli.interrupt })) {
    show(event);
    if (event.type === "run" && event.event.type === "finished" && !worked(event.event)) code = EXIT.failed;
    if (event.type === "run" && event.event.type === "detached") return EXIT.interrupted;
  }
  return code;
};
