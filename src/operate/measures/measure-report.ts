import { createHash } from "node:crypto";
import type { Registry } from "../../lakehouse/registry.ts";
import { dimensionOf, valueOf } from "../../lakehouse/strata.ts";
import type { PublishedRow } from "./publishable.ts";

/** A FHIR R4 resource as JSON. */
type Resource = Readonly<Record<string, unknown>>;

/** What the figures stand on, as far as it is known. */
export interface ReportedBy {
  /** Who reports: the lakehouse; of a facility's rows the facility does. */
  readonly reporter: string;
  /** Last day of the data, where the config says one. */
  readonly asOf: string | undefined;
  /** When a figure was computed, ISO-8601. */
  computedAt(figure: string): string | undefined;
}

const HL7 = "http://terminology.hl7.org/CodeSystem";
/** Extension of a value that is not there: https://hl7.org/fhir/R4/extension-data-absent-reason.html. */
const absent = (valueCode: "masked" | "not-a-number" | "unknown"): Resource => ({
  extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode }],
});

/** FHIR's words for which way a figure is better. */
const IMPROVEMENT = { less: "decrease", more: "increase" } as const;

/** A name for what a text names, the same each time: ids and UUIDs of resources. */
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
const uuid = (text: string): string => {
  const hex = digest(text);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

function lastDay(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

/** The days of a period; those of everything end with the data, and begin with the first year that has a row. */
function periodOf(period: string, years: readonly string[], asOf: string | undefined): Resource {
  if (/^\d{4}$/.test(period)) return { start: `${period}-01-01`, end: `${period}-12-31` };
  if (/^\d{4}-\d\d$/.test(period)) return { start: `${period}-01`, end: lastDay(period) };
  const [first] = years;
  const end = asOf ?? (years.at(-1) === undefined ? undefined : `${years.at(-1)}-12-31`);
  const all = { ...(first === undefined ? {} : { start: `${first}-01-01` }), ...(end === undefined ? {} : { end }) };
  return Object.keys(all).length > 0 ? all : absent("unknown");
}

const coded = (system: string, code: string, text?: string): Resource => ({
  coding: [{ system, code }],
  ...(text === undefined ? {} : { text }),
});

const population = (which: "numerator" | "denominator", count: number | null): Resource => ({
  code: coded(`${HL7}/measure-population`, which),
  ...(count === null ? { _count: absent("masked") } : { count }),
});

/** Both counts and the rate of a row. What is suppressed is masked, a rate over 0 no number. */
function figuresOf(row: PublishedRow, unit: string | undefined): Resource {
  const masked = row.numerator === null;
  const score = { value: row.rate, ...(unit === undefined ? {} : { unit }) };
  return {
    population: [population("numerator", row.numerator), population("denominator", row.denominator)],
    measureScore: row.rate === null ? absent(masked ? "masked" : "not-a-number") : score,
  };
}

const STRATUM = "urn:metriccare:stratum";

/** Rows by a word of them, in the order in which the words come. */
function grouped<T>(rows: readonly T[], word: (row: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const row of rows) found.set(word(row), [...(found.get(word(row)) ?? []), row]);
  return found;
}

/** A cohort: its own figures where they are among the rows, and those of its strata. */
function groupOf(cohort: string, rows: readonly PublishedRow[], unit: string | undefined): Resource {
  const own = rows.find(({ stratum }) => stratum === undefined);
  const divided = grouped(
    rows.flatMap(({ stratum, ...row }) => (stratum === undefined ? [] : [{ ...row, stratum }])),
    ({ stratum }) => dimensionOf(stratum),
  );
  const stratifier = [...divided].map(([dimension, values]) => ({
    code: [coded(STRATUM, dimension)],
    stratum: values.map((row) => ({
      value: coded(`${STRATUM}:${dimension}`, valueOf(row.stratum), valueOf(row.stratum)),
      ...figuresOf(row, unit),
    })),
  }));
  return {
    code: coded("urn:metriccare:cohort", cohort, cohort),
    ...(own ? figuresOf(own, unit) : {}),
    ...(stratifier.length > 0 ? { stratifier } : {}),
  };
}

/** A facility as the reporter: the id behind `serviceProvider`, where FHIR takes it as an id. */
function reporterOf(facility: string, { reporter }: ReportedBy): Resource {
  if (facility === "all") return { display: reporter };
  return /^[A-Za-z0-9.-]{1,64}$/.test(facility) && facility !== "unknown"
    ? { reference: `Organization/${facility}`, display: facility }
    : { display: facility };
}

/** One report of a figure, a facility and a period, a group a cohort with its strata. */
function reportOf(rows: readonly PublishedRow[], registry: Registry, standing: ReportedBy, years: readonly string[]) {
  const [{ measure, facility, period } = { measure: "", facility: "", period: "" }] = rows;
  const date = standing.computedAt(measure);
  const figure = registry.figures.get(measure);
  return {
    resourceType: "MeasureReport",
    id: `${measure.replaceAll("_", "-").slice(0, 30)}-${digest([standing.reporter, measure, facility, period].join("\u0000")).slice(0, 16)}`,
    status: "complete",
    type: "summary",
    measure: `urn:metriccare:measure:${measure}`,
    ...(date === undefined ? {} : { date }),
    reporter: reporterOf(facility, standing),
    period: periodOf(period, years, standing.asOf),
    ...(figure?.better
      ? { improvementNotation: coded(`${HL7}/measure-improvement-notation`, IMPROVEMENT[figure.better]) }
      : {}),
    group: [...grouped(rows, ({ cohort }) => cohort)].map(([cohort, own]) => groupOf(cohort, own, figure?.unit)),
  };
}

/** The rows as MeasureReports: one a figure, facility and period, cohorts as its groups, strata as their stratifiers. */
export function measureReports(rows: readonly PublishedRow[], registry: Registry, standing: ReportedBy): Resource[] {
  const years = [
    ...new Set(rows.map(({ period }) => period.slice(0, 4)).filter((one) => /^\d{4}$/.test(one))),
  ].toSorted();
  const byReport = grouped(rows, (row) => [row.measure, row.facility, row.period].join("\u0000"));
  return [...byReport.values()].map((own) => reportOf(own, registry, standing, years));
}

/** Reports as one collection; FHIR has no empty lists: without a report there is no `entry`. */
export const bundleOf = (reports: readonly Resource[]): Resource => ({
  resourceType: "Bundle",
  type: "collection",
  ...(reports.length > 0
    ? { entry: reports.map((resource) => ({ fullUrl: `urn:uuid:${uuid(String(resource["id"]))}`, resource })) }
    : {}),
});
