import type { ErrorCode } from "../../codes/index.ts";
import { type Measures, missingText, readMeasures, wanted } from "../../operate/measures/read.ts";
import { type Registry, registryOf } from "../../lakehouse/registry.ts";
import { tablesOf } from "../../lakehouse/tables.ts";
import { publishable } from "../../operate/measures/publishable.ts";
import { measureLines } from "../../ui/measures.ts";
import type { measures } from "../declared/pipeline.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { EXIT, failed, usage } from "../errors.ts";
import { findProject, nearest } from "../../config/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";
import { openSession, type Session } from "../session.ts";
import { layerPlace } from "../targets.ts";
import type { ReportedBy } from "../../operate/measures/measure-report.ts";
import type { MeasureRow } from "../../operate/measures/row.ts";
import { checkOutput, writeMeasures } from "../measure-output.ts";

type Options = OptionsOf<typeof measures>;

const groupingOf = (row: Pick<MeasureRow, "facility" | "period">): NonNullable<Options["by"]> =>
  row.period === "all" ? (row.facility === "all" ? "overall" : "facility") : row.period.length === 4 ? "year" : "month";

function known(option: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || words.includes(word)) return;
  const guess = nearest(word, words);
  throw usage(
    "usage",
    `unknown ${option} \`${word}\``,
    guess ? `Did you mean \`${guess}\`?` : `Use one of: ${words.join(", ")}.`,
  );
}

const listed = (values: readonly string[]): string =>
  values.length > 20 ? `${values.slice(0, 20).join(", ")} and ${values.length - 20} more` : values.join(", ");

/** A facility or a period that no row has is a mistake, and so are two that no row has together: nothing is no answer. */
function checkFound(found: Measures, { facility, period }: Options): void {
  const has = (name: "facility" | "period", code: ErrorCode, value: string | undefined): void => {
    const values = [...new Set(found.all.map((row) => row[name]))].toSorted();
    if (value === undefined || values.includes(value)) return;
    const guess = nearest(value, values);
    throw failed(
      code,
      `Gold has no ${name} \`${value}\``,
      `${guess ? `Did you mean \`${guess}\`? ` : ""}There are: ${listed(values)}.`,
    );
  };
  has("facility", "unknown_facility", facility);
  has("period", "unknown_period", period);
  if (facility !== undefined && period !== undefined && found.rows.length === 0)
    throw failed(
      "no_such_rows",
      `no row has both facility \`${facility}\` and period \`${period}\``,
      "Rows by facility have the period `all`, rows by year or month the facility `all`: ask for one of the two.",
    );
}

/** The project's registry: its package may hold measures of its own. Nothing is asked of AWS before the words are known. */
async function registryFor(cli: Cli, options: Options & GlobalOptions): Promise<Registry> {
  const project = findProject(cli.cwd, options.config);
  const { value } = await loadLakehouse(project, environmentOf(project, options.env));
  return registryOf(value, project.dir);
}

/** Of tables that are not there, those that a job of the config writes. */
function expected({ config, project }: Session, missing: readonly string[]): string[] {
  const written = new Set(
    Object.values(tablesOf(config, project.dir)).flatMap(({ layer, table }) => (layer === "gold" ? [table] : [])),
  );
  return missing.filter((table) => written.has(table));
}

/** Who reports, and when each figure was computed. */
function reportedBy({ config, env }: Session, { measures: all }: Registry, found: Measures): ReportedBy {
  const tableOf = (figure: string): string | undefined =>
    [...all.values()].find(({ figures }) => Object.hasOwn(figures, figure))?.table;
  const { asOf } = config.measures;
  return {
    reporter: `${config.project}/${env}`,
    asOf: asOf === "today" ? undefined : asOf,
    computedAt: (figure) => found.written[tableOf(figure) ?? ""],
  };
}

/** Reads the Gold tables from S3 and prints one row a measure, cohort and group. */
export const run: Run<typeof measures> = async (cli, options) => {
  checkOutput(cli, options);
  const registry = await registryFor(cli, options);
  known("measure", options.measure, [...registry.figures.keys()]);
  known("cohort", options.cohort, registry.cohorts);
  const session = await openSession(cli, options, { readOnly: true });
  const gold = layerPlace(session, "gold");
  const { by, measure, cohort, facility, period } = options;
  const filter = { measure, cohort, facility, period };
  const found = await readMeasures(session.aws, { bucket: gold, registry }, filter);
  const missing = expected(session, found.missing);
  if (missing.length > 0) cli.term.note(await missingText(session.aws, session.outputs.workflow.name, missing));
  if (found.all.length > 0) checkFound(found, options);
  // What a small count could be computed from may stand in rows that are not asked for.
  const chosen = options.publishable ? publishable(found.all, registry).filter(wanted(filter)) : found.rows;
  const rows = by === undefined ? chosen : chosen.filter((row) => groupingOf(row) === by);
  const lines = (): string[] => (rows.length === 0 ? [] : measureLines(rows, registry));
  await writeMeasures(cli, rows, options, { registry, standing: reportedBy(session, registry, found), lines });
  return EXIT.ok;
};
