import { titleOf } from "../../lakehouse/quality.ts";
import { isBad, type QualityRow } from "../quality/results.ts";
import type { ReportPart } from "./part.ts";

/** One result of a check of the data. */
export interface CheckResult {
  readonly check: string;
  readonly level: "ok" | "warning" | "error";
  readonly text: string;
}

const named = ({ check, dataset }: QualityRow): string =>
  dataset === null ? titleOf(check) : `${titleOf(check)}: ${dataset}`;

/** The results of quality checks as the page has them; of what there was nothing to look at, nothing. */
export function checksIn(part: ReportPart<readonly QualityRow[]>): CheckResult[] {
  if ("missing" in part) return [];
  return part.value
    .filter(({ status }) => status !== "skipped")
    .map((row) => ({ check: named(row), level: isBad(row) ? row.level : "ok", text: row.text }));
}

/** The same without counts, which may be of few persons. */
export const publicChecks = (checks: readonly CheckResult[]): CheckResult[] =>
  checks.map(({ check, level }) => ({
    check,
    level,
    text: level === "ok" ? "Passed." : "Failed. Its counts are not on this page.",
  }));
