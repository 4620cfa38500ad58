import { importHistory } from "../../operate/care/import.ts";
import { attributesIn, type ImportMap } from "../../operate/care/their-rows.ts";
import { IMPORT_FIELDS } from "../../operate/ledger/fields.ts";
import { importView } from "../../ui/ledger-import.ts";
import { nearest } from "../../config/index.ts";
import type { ledgerImport } from "../declared/ledger.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";
import { openSession } from "../session.ts";
import { openPipeline } from "../targets.ts";

/** What another table knows as processed. */
export const run: Run<typeof ledgerImport> = async (cli, options) => {
  const { from: table, map = {}, where = {}, dryRun } = options;
  if (table === undefined)
    throw usage("usage", "`--from` says which table has the history", "metriccare ledger import --from <table> …");
  checkMap(map);
  const session = await openSession(cli, options, { readOnly: dryRun === true });
  const pipeline = openPipeline(session);
  if (table === pipeline.ledger.table)
    throw usage("usage", `\`${table}\` is this environment's own ledger`, "Name the table that has the history.");
  const show = importView(cli.term, dryRun === true);
  const events = importHistory(pipeline, { table, map, where, dryRun: dryRun === true, signal: cli.interrupt });
  let left = 0;
  for await (const event of events) {
    show(event);
    if (event.type === "finished") left = event.left;
  }
  if (cli.interrupt.aborted) return EXIT.interrupted;
  return left > 0 ? EXIT.failed : EXIT.ok;
};

/** Fields that there are, and a key. */
function checkMap(map: ImportMap): void {
  for (const [name, text] of Object.entries(map)) {
    const near = nearest(name, [...IMPORT_FIELDS]);
    if (!IMPORT_FIELDS.some((field) => field === name))
      throw usage(
        "usage",
        `--map ${name}=…: there is no field \`${name}\``,
        near ? `Did you mean \`${near}\`?` : `Fields: ${IMPORT_FIELDS.join(", ")}.`,
      );
    if (attributesIn(text).length === 0 || text === "")
      throw usage("usage", `--map ${name}=${text} names none of their attributes`, `As in --map ${name}=filename.`);
  }
  if (map.key === undefined)
    throw usage(
      "usage",
      "`--map key=…` says how the key of an object is made of their attributes",
      "As in --map key='fhir/{dataset}/{filename}'.",
    );
}
