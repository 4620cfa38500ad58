import type { ReportSummary } from "../../operate/report/summary.ts";
import { keys, names } from "./json.ts";
import { command, on } from "./kit.ts";
import { countOr, flag, textOr } from "./options.ts";

export const report = command({
  name: "report",
  summary: "One page with the measures, what stayed out and why, data quality, runs and cost",
  options: {
    out: textOr("report.html", "<file>", "the page: one file that needs no network"),
    publishable: flag("without counts of 1 to 10, and whatever they could be computed from"),
    runs: countOr(30, "<n>", "how many runs it tells of"),
    force: flag("write over a file that is no report"),
  },
  examples: [
    "metriccare report --env local --out report.html",
    "metriccare report --env prod --publishable --out public.html",
  ],
  env: true,
  json: keys<ReportSummary>({
    file: "",
    bytes: "",
    publishable: "",
    made_at: "",
    stands: `: [{${names<ReportSummary["stands"][number]>({
      table: "",
      measures: "",
      as_of: "",
      time_zone: "",
      computed_at: "",
      rules: "",
      run_id: "",
      stale: "",
      untold: "",
    })}}]`,
    figures: "",
    rows: "",
    suppressed: "",
    facilities: "",
    accounting: `: [{${names<NonNullable<ReportSummary["accounting"]>[number]>({ measure: "", total: "", rules: "" })}}] or null`,
    runs: "",
    last_verdict: "",
    missing: "",
    unread: ": why, by the part that could not be read",
  }),
});

export const reports = {
  report: on(report, () => import("../commands/report.ts")),
};
