import type { ErrorCode } from "../../codes/index.ts";
import {
  absentBucket,
  groupingOf,
  type Measures,
  missingText,
  readMeasures,
  wanted,
} from "../../operate/measures/read.ts";
import { type Registry, registryOf } from "../../lakehouse/registry.ts";
import type { LakehouseConfig } from "../../lakehouse/index.ts";
import { tablesOf } from "../../lakehouse/tables.ts";
import { isStratum, type Stratum } from "../../lakehouse/strata.ts";
import { publishable, type PublishedRow } from "../../operate/measures/publishable.ts";
import { type Accounting, readAccounting } from "../../operate/measures/accounting.ts";
import { type Standing, standings } from "../../operate/measures/standing.ts";
import { accountLines, accountSummary } from "../../ui/accounting.ts";
import { csvLines } from "../../ui/csv.ts";
import { measureLines } from "../../ui/measures.ts";
import { staleLines, standingLines } from "../../ui/standing.ts";
import type { measures } from "../declared/pipeline.ts";
import type { OptionsOf, Run } from "../declared/kit.ts";
import { EXIT, failed, usage } from "../errors.ts";
import { findProject, nearest } from "../../config/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { environmentOf, loadLakehouse } from "../lakehouse.ts";
import { openSession, type Session } from "../session.ts";
import { layerPlace, layersOf } from "../targets.ts";
import type { ReportedBy } from "../../operate/measures/measure-report.ts";
import type { MeasureRow, RowBasis } from "../../operate/measures/row.ts";
import { checkOutput, writeMeasures } from "../measure-output.ts";
import { checkWhy, explainStays } from "../measure-why.ts";

type Options = OptionsOf<typeof measures>;

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
      "Rows by facility have the period `all`, rows by year or month the facility `all`: ask for one of the two, or for --by facility_year.",
    );
}

/** The project's registry: its package may hold measures of its own. Nothing is asked of AWS before the words are known. */
async function knownFor(
  cli: Cli,
  options: Options & GlobalOptions,
): Promise<{ registry: Registry; config: LakehouseConfig }> {
  const project = findProject(cli.cwd, options.config);
  const { value } = await loadLakehouse(project, environmentOf(project, options.env));
  return { registry: registryOf(value, project.dir), config: value };
}

/** Rows by a stratum are made where the config asks for it. */
function checkAsked({ measures: { strata } }: LakehouseConfig, by: Stratum): void {
  if (strata.includes(by)) return;
  const there = strata.length > 0 ? `It asks for: ${strata.join(", ")}. ` : "";
  throw usage(
    "usage",
    `the config does not ask for figures by ${by}`,
    `${there}Add it to \`measures.strata\`, then \`metriccare apply\`; the next run makes its rows.`,
  );
}

/** Of tables that are not there, those that a job of the config writes. */
function expected({ config, project }: Session, missing: readonly string[]): string[] {
  const written = new Set(
    Object.values(tablesOf(config, project.dir)).flatMap(({ layer, table }) => (layer === "gold" ? [table] : [])),
  );
  return missing.filter((table) => written.has(table));
}

type Standings = ReadonlyMap<string, Standing>;

/** The table that holds a figure. */
const tableOf = (figure: string, { measures: all }: Registry): string =>
  [...all.values()].find(({ figures }) => Object.hasOwn(figures, figure))?.table ?? "";

/** Who reports, and what each figure stands on. */
function reportedBy({ config, env }: Session, registry: Registry, found: Measures, all: Standings): ReportedBy {
  const { asOf } = config.measures;
  const [first] = all.values();
  return {
    reporter: `${config.project}/${env}`,
    asOf: first?.as_of ?? (asOf === "today" ? undefined : asOf),
    computedAt: (figure) => {
      const table = tableOf(figure, registry);
      return all.get(table)?.computed_at ?? found.written[table];
    },
  };
}

/** The tables that hold the figures of these rows. */
function behindRows(all: Standings, rows: readonly Pick<MeasureRow, "measure">[], registry: Registry): Standings {
  const shown = new Set(rows.map(({ measure }) => tableOf(measure, registry) || measure));
  return new Map([...shown].map((table) => [table, all.get(table) ?? NOTHING] as const));
}

/** What a row stands on, as every format that has columns says it. */
function basisOf(standing: Standing | undefined): RowBasis {
  const { because, ...said } = standing ?? NOTHING;
  return { ...said, ...(because.length > 0 ? { stale_because: because.join("; ") } : {}) };
}

const NOTHING: Standing = {
  as_of: null,
  time_zone: null,
  computed_at: null,
  rules: null,
  value_set: null,
  run_id: null,
  stale: null,
  because: ["nothing says what it stands on"],
};

/** 1 where `--fresh` asks for figures of now and these are not, or where nobody can tell. */
function freshness(cli: Cli, { fresh }: Options, shown: Standings, missing: readonly string[]): number {
  if (!fresh) return EXIT.ok;
  const reasons = [...staleLines(shown), ...missing.map((table) => `Stale: ${table}: no run has made it yet`)];
  if (shown.size === 0 && reasons.length === 0) reasons.push("Not fresh: no row is shown, so nothing says so");
  for (const reason of reasons) cli.term.note(reason);
  return reasons.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Names of the jobs; the workflow has no part in it. */
const jobsOf = ({ outputs }: Session): { readonly jobs: Readonly<Record<string, string>> } => ({
  jobs: Object.fromEntries(Object.entries(outputs.jobs).map(([key, job]) => [key, job.name])),
});

/** `--explain`: what went in, what stayed out, by which rule. */
async function explain(cli: Cli, session: Session, options: Options, registry: Registry): Promise<number> {
  const layers = layersOf(session);
  const found = await readAccounting(session.aws, layers.gold, registry).catch(absentBucket(session.aws, layers.gold));
  const table = registry.accounting?.table ?? "accounting";
  const all = await standings(session.aws, layers, jobsOf(session));
  if (!found) cli.term.note(await missingText(session.aws, session.outputs.workflow.name, [table]));
  const { measure } = options;
  const { rows: every, asOf } = found ?? { rows: [], asOf: null };
  const rows = measure === undefined ? every : every.filter((row) => row.measure === measure);
  if (found && rows.length === 0) cli.term.note(`Gold's ${table} has no line${measure ? ` of ${measure}` : ""}.`);
  const own: Standings = new Map(rows.length > 0 ? [[table, all.get(table) ?? NOTHING]] : []);
  for (const row of rows) cli.term.emit(row);
  if (!cli.term.json) for (const line of explained({ rows, asOf }, options, registry, own)) cli.term.line(line);
  return freshness(cli, options, own, found ? [] : [table]);
}

function explained(told: Accounting, { format }: Options, registry: Registry, own: Standings): string[] {
  if (format === "csv") return csvLines(told.rows, ["measure", "rule", "what", "count"]);
  if (told.rows.length === 0) return [];
  if (format === "json") return told.rows.map((row) => JSON.stringify(row));
  return [...accountLines(told, registry), ...standingLines(own)];
}

/** The last lines. Figures that are to be published say nothing of what is behind them: a count of few is one there too. */
async function summaryOf(session: Session, { publishable: hides }: Options, registry: Registry): Promise<string[]> {
  if (hides) return [];
  const found = await readAccounting(session.aws, layerPlace(session, "gold"), registry);
  return found ? accountSummary(found, registry) : [];
}

/** What `--explain` cannot be together with. */
function checkExplain({ publishable: hides, format, out, ...more }: Options): void {
  if (hides) throw usage("usage", "--explain tells counts of few persons", "Leave --publishable or --explain away.");
  if (out !== undefined || format === "parquet" || format === "measure-report")
    throw usage("usage", "--explain is a table, CSV or JSON", "Use --format csv or --json, and no --out.");
  const narrower = (["cohort", "facility", "period", "by"] as const).find((name) => more[name] !== undefined);
  if (narrower !== undefined)
    throw usage(
      "usage",
      `--explain tells of all patients, facilities and periods: it takes no --${narrower}`,
      `Leave --${narrower} away; --measure says of what.`,
    );
}

/** What `--measure` may name; `--explain` tells of what the figures are made from as well. */
const measuresOf = ({ figures: all, accounting }: Registry, explains: boolean): string[] => [
  ...all.keys(),
  ...(explains ? Object.keys(accounting?.blocks ?? {}) : []),
];

/** Reads the Gold tables from S3 and prints one row a measure, cohort and group; or what is behind them. */
export const run: Run<typeof measures> = async (cli, options) => {
  checkOutput(cli, options);
  if (options.explain) checkExplain(options);
  if (options.why) checkWhy(options);
  const { registry, config } = await knownFor(cli, options);
  known("measure", options.measure, measuresOf(registry, options.explain === true));
  known("cohort", options.cohort, registry.cohorts);
  if (isStratum(options.by)) checkAsked(config, options.by);
  const session = await openSession(cli, options, { readOnly: true });
  if (options.why) return explainStays(cli, session, options, registry);
  return options.explain ? explain(cli, session, options, registry) : figures(cli, session, options, registry);
};

async function figures(cli: Cli, session: Session, options: Options, registry: Registry): Promise<number> {
  const { by, measure, cohort, facility, period } = options;
  const filter = { measure, cohort, facility, period, by };
  const found = await readMeasures(session.aws, { bucket: layerPlace(session, "gold"), registry }, filter);
  // Of what is not asked for nothing is said.
  const asked =
    measure === undefined ? found.missing : found.missing.filter((one) => one === tableOf(measure, registry));
  const missing = expected(session, asked);
  if (missing.length > 0) cli.term.note(await missingText(session.aws, session.outputs.workflow.name, missing));
  if (found.all.length > 0) checkFound(found, options);
  // What a small count could be computed from may stand in rows that are not asked for.
  const every = options.publishable ? publishable(found.all, registry) : found.all;
  const rows = every.filter(wanted(filter));
  if (isStratum(by) && found.all.length > 0 && !found.all.some((row) => groupingOf(row) === by))
    cli.term.note(`Gold has no rows by ${by} yet: \`metriccare apply\`, then a run makes them.`);
  const all: Standings = rows.length > 0 ? await standings(session.aws, layersOf(session), jobsOf(session)) : new Map();
  const shown = behindRows(all, rows, registry);
  const summary = rows.length > 0 && readByPeople(cli, options) ? await summaryOf(session, options, registry) : [];
  const lines = (): string[] =>
    rows.length === 0 ? [] : [...measureLines(rows, registry), ...standingLines(shown), ...summary];
  const based = rows.map((row) => ({ ...row, ...basisOf(all.get(tableOf(row.measure, registry))) }));
  const whole = wholesOf(every, rows, options);
  await writeMeasures(cli, [...whole, ...based], options, {
    registry,
    standing: reportedBy(session, registry, found, shown),
    lines,
  });
  return freshness(cli, options, shown, missing);
}

/** A MeasureReport shows strata beside what they divide. */
function wholesOf<R extends MeasureRow | PublishedRow>(
  every: readonly R[],
  rows: readonly R[],
  { format, by }: Options,
): R[] {
  if (format !== "measure-report" || !isStratum(by)) return [];
  const key = ({ measure, cohort, facility, period }: R): string => [measure, cohort, facility, period].join("\u0000");
  const divided = new Set(rows.filter(({ stratum }) => stratum !== undefined).map(key));
  return every.filter((row) => row.stratum === undefined && divided.has(key(row)));
}

const readByPeople = (cli: Cli, { format }: Options): boolean =>
  !cli.term.json && (format === undefined || format === "table");
