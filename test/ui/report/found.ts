import type { AccountLine } from "../../../src/operate/report/accounting.ts";
import { type ReportData, type ReportHead, modelOf, type ReportModel } from "../../../src/operate/report/model.ts";
import { finding } from "../../../src/operate/audit/events.ts";
import { marked, OWN } from "../../../src/operate/measures/read.ts";
import type { MeasureRow } from "../../../src/operate/measures/row.ts";
import type { RunDetail, RunRow } from "../../../src/operate/runs/history.ts";
import type { Picture } from "../../../src/ui/picture.ts";
import { reportHtml } from "../../../src/ui/report/page.ts";

/** What a report is made of, made up: as many facilities as wanted, sizes from tiny to large. */

/** Numbers that are the same on every machine. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** Figures by id: how often, out of what, and how many days a stay has. */
const SHARES: Readonly<Record<string, number>> = {
  readmission_30d: 0.14,
  mortality_in_hospital: 0.03,
  mortality_30d: 0.06,
  hai_stays: 0.03,
};

/** A group's rows of every figure. */
function groupRows(group: Pick<MeasureRow, "cohort" | "facility" | "period">, stays: number, die: () => number) {
  const row = (measure: string, numerator: number, denominator: number): MeasureRow => {
    const factor = OWN.figures.get(measure)?.factor ?? 1;
    return {
      measure,
      ...group,
      numerator,
      denominator,
      rate: denominator > 0 ? (numerator / denominator) * factor : null,
    };
  };
  const days = Math.round(stays * (3.5 + die()));
  const shares = Object.entries(SHARES).map(([measure, share]) =>
    row(measure, Math.round(stays * share * (0.5 + die())), stays),
  );
  return [
    ...shares,
    row("hai", Math.round(days * 0.004 * (0.5 + die())), days),
    row("length_of_stay", days, stays),
    row("length_of_stay_midnights", days - Math.round(stays / 10), stays),
  ];
}

const add = (rows: readonly MeasureRow[], into: Pick<MeasureRow, "facility" | "period">): MeasureRow[] => {
  const sums = new Map<string, MeasureRow>();
  for (const row of rows) {
    const key = `${row.measure}|${row.cohort}`;
    const before = sums.get(key);
    const numerator = (before?.numerator ?? 0) + row.numerator;
    const denominator = (before?.denominator ?? 0) + row.denominator;
    const factor = OWN.figures.get(row.measure)?.factor ?? 1;
    sums.set(key, {
      ...row,
      ...into,
      numerator,
      denominator,
      rate: denominator > 0 ? (numerator / denominator) * factor : null,
    });
  }
  return [...sums.values()];
};

/** Facilities add up to the total, months to years and to the total: as in Gold. */
export function sampleRows(facilities: readonly string[], seed = 7, years = [2022, 2023]): MeasureRow[] {
  const die = dice(seed);
  const cells = ["all", "age65plus"].flatMap((cohort) =>
    facilities.flatMap((facility, i) =>
      years.flatMap((year) =>
        Array.from({ length: 12 }, (_, month) => {
          const stays = Math.round((cohort === "all" ? 1 : 0.4) * ((i % 7) + 1) * 9 * (0.6 + die()));
          return groupRows({ cohort, facility, period: `${year}-${String(month + 1).padStart(2, "0")}` }, stays, die);
        }).flat(),
      ),
    ),
  );
  const periods = [...new Set(cells.map(({ period }) => period))];
  const within = (prefix: string): MeasureRow[] => cells.filter(({ period }) => period.startsWith(prefix));
  const rows = [
    ...add(cells, { facility: "all", period: "all" }),
    ...facilities.flatMap((facility) =>
      add(
        cells.filter((one) => one.facility === facility),
        { facility, period: "all" },
      ),
    ),
    ...years.flatMap((year) => add(within(String(year)), { facility: "all", period: String(year) })),
    ...periods.flatMap((period) => add(within(period), { facility: "all", period })),
  ];
  const order = [...OWN.figures.keys()];
  return marked(rows.toSorted((a, b) => order.indexOf(a.measure) - order.indexOf(b.measure)));
}

export const ACCOUNT: readonly AccountLine[] = [
  ["encounters", "used", null, 13_204],
  ["encounters", "open", null, 118],
  ["encounters", "not_inpatient", null, 26_311],
  ["encounters", "not_inpatient", "AMB", 19_004],
  ["encounters", "not_inpatient", "EMER", 7_303],
  ["encounters", "not_inpatient", "http://hospital.example/classes|TELE", 4],
  ["encounters", "status", null, 402],
  ["encounters", "status", "cancelled", 395],
  ["encounters", "status", "entered-in-error", 7],
  ["encounters", "orphan_patient", null, 31],
  ["encounters", "bad_start", null, 3],
  ["encounters", "starts_after_as_of", null, 120],
  ["encounters", "end_before_start", null, 0],
  ["encounters", "part_of_inpatient", null, 211],
].map(([measure, rule, what, count]) => ({
  measure: String(measure),
  rule: String(rule),
  what: what === null ? null : String(what),
  count: Number(count),
}));

const runRow = (i: number): RunRow => ({
  run_id: `wr_${String(i).padStart(4, "0")}${"0123456789abcdef".repeat(4)}`.slice(0, 67),
  previous_run_id: null,
  verdict: i % 6 === 3 ? "failed" : "succeeded",
  because: null,
  status: "COMPLETED",
  started_at: `2023-07-${String(28 - i).padStart(2, "0")}T02:00:00.000Z`,
  ended_at: `2023-07-${String(28 - i).padStart(2, "0")}T02:21:00.000Z`,
  seconds: 1000 + ((i * 371) % 700),
  files: 40 + i,
  failed_files: i % 5 === 0 ? 1 : 0,
  failed: i % 6 === 3 ? ["gold_hai"] : [],
  dpu_seconds: 3100 + ((i * 517) % 1900),
  cost_usd: 0.38 + (i % 4) / 20,
});

const JOBS = ["bronze_patient", "silver_patient", "gold_hai"];
const last: RunDetail = {
  ...runRow(0),
  jobs: JOBS.map((key, i) => ({
    key,
    name: `metriccare_${key}_dev`,
    state: i === 2 ? "FAILED" : "SUCCEEDED",
    attempt: 0,
    seconds: 61 + i,
    job_run_id: `jr_${i}`,
    dpu_seconds: 120 + i,
    error: i === 2 ? "OutOfMemoryError: <b>heap</b>" : null,
  })),
  file_ids: [],
  cost: null,
  quality: null,
};

export const PICTURE: Picture = {
  title: "metriccare / dev",
  nodes: [
    { id: "raw", label: "bucket raw", detail: "fhir/", column: 0, group: "Landing" },
    ...JOBS.map((key, i) => ({ id: `job/${key}`, label: key, column: i + 1, group: key.split("_")[0] ?? "" })),
  ],
  edges: [
    { from: "raw", to: "job/bronze_patient", label: "object created" },
    { from: "job/bronze_patient", to: "job/silver_patient" },
    { from: "job/silver_patient", to: "job/gold_hai" },
  ],
};

export const HEAD: ReportHead = {
  project: "metriccare",
  env: "dev",
  account: "123456789012",
  region: "eu-central-1",
  made_at: "2023-07-28T06:00:00.000Z",
  publishable: false,
  free: false,
};

const SAYS = {
  as_of: "2023-06-30",
  time_zone: "America/Chicago",
  computed_at: "2023-07-28T02:21:00Z",
  rules: "3f2a91c0",
  run_id: `wr_0000${"0123456789abcdef".repeat(4)}`.slice(0, 67),
  value_set: null,
  stale: false,
  because: [] as readonly string[],
};

/** Everything is there, and some of it is bad. */
export const found = (rows: readonly MeasureRow[], more: Partial<ReportData> = {}): ReportData => ({
  measures: {
    rows,
    all: rows,
    written: { readmission: "2023-07-28T02:19:00Z", mortality: "2023-07-28T02:20:00Z", hai: "2023-07-28T02:21:00Z" },
    missing: [],
  },
  accounting: { value: ACCOUNT },
  runs: { value: Array.from({ length: 20 }, (_, i) => runRow(i)) },
  last: { value: last },
  ledger: {
    value: {
      files: 812,
      bytes: 5_400_000_000,
      records: { read: 1_204_113, quarantined: 41 },
      by_status: { processed: 801, failed: 5, received: 6 },
      by_dataset: { patient: 120, encounter: 402, condition: 290 },
      oldest_pending: "2023-07-28T05:58:00.000Z",
      failures: { gzip_corrupt: 3, archived: 2 },
    },
  },
  undelivered: { value: 0 },
  layers: { value: [finding("other_parameters", { key: "gold/hai" }, "as_of 2023-06-30 -> 2023-07-31")] },
  standing: {
    value: new Map(
      ["readmission", "mortality", "hai", "length_of_stay"].map((table) => [
        table,
        table === "hai" ? { ...SAYS, stale: true, because: ["as_of 2023-06-30 -> 2023-07-31"] } : SAYS,
      ]),
    ),
  },
  checks: [{ check: "Encounters end after they start", level: "warning", text: "3 do not" }],
  ...more,
});

/** No run yet, no table, no ledger. */
export const NOTHING: ReportData = {
  measures: { rows: [], all: [], written: {}, missing: ["readmission", "mortality", "hai", "length_of_stay"] },
  accounting: { missing: "There is no Gold table `accounting` here." },
  runs: { value: [] },
  last: { missing: "No run yet." },
  ledger: { missing: "This environment has no ledger." },
  undelivered: { missing: "This environment has no such queue." },
  layers: { missing: "Nothing to compare." },
  standing: { missing: "Nothing to compare." },
  checks: [],
};

export const named = (count: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    i % 9 === 4 ? `Saint Ölé — ward of a very long name that goes on and on, number ${i}` : `facility-${i}`,
  );

/** A file name's worth of what a browser would take for more than text. */
export const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>' style='color:red' &lt;b&gt; \u202e\u0007 ]]> --> {{x}}`;

export const modelFor = (given: ReportData, head: Partial<ReportHead> = {}): ReportModel =>
  modelOf({ ...HEAD, ...head }, given, OWN);
export const pageFor = (given: ReportData, head: Partial<ReportHead> = {}): string =>
  reportHtml(modelFor(given, head), PICTURE);
