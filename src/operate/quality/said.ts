import type { WorkflowRun } from "@aws-sdk/client-glue";
import { z } from "zod";
import { QUALITY_PROPERTY } from "../../lakehouse/quality.ts";

/** A quality check of a run that failed, or that could not be made. `dataset` is null where it looks at all of them. */
interface FailedCheck {
  readonly check: string;
  readonly dataset: string | null;
  readonly level: "error" | "warning";
  /** Rows that fail; null where nothing could be counted. */
  readonly count: number | null;
}

/** How the quality checks of a run went. */
export interface RunQuality {
  readonly errors: number;
  readonly warnings: number;
  readonly passed: number;
  /** Errors first; of very many the first ones. */
  readonly failed: readonly FailedCheck[];
}

const level = z.enum(["error", "warning"]);
const property = z.object({
  error: z.int().min(0),
  warning: z.int().min(0),
  passed: z.int().min(0),
  failed: z.array(z.tuple([level, z.string(), z.string().nullable(), z.number().nullable()])),
});

/** What the job that concludes the checks has said in the run's property; null where no check was made. */
export function qualityOf({
  WorkflowRunProperties: said,
}: Pick<WorkflowRun, "WorkflowRunProperties">): RunQuality | null {
  const text = said?.[QUALITY_PROPERTY];
  if (text === undefined) return null;
  const found = property.safeParse(parsed(text));
  if (!found.success) return null;
  const { error: errors, warning: warnings, passed, failed } = found.data;
  return {
    errors,
    warnings,
    passed,
    failed: failed.map(([of, check, dataset, count]) => ({ check, dataset, level: of, count })),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How people are told of a check. */
export const checkName = ({ check, dataset }: Pick<FailedCheck, "check" | "dataset">): string =>
  dataset === null ? check : `${check}/${dataset}`;

const NAMED = 5;

/** The failed checks of a level in one line, by name and count: `2 of level error (dates/encounter 3, ghosts 1)`. */
export function failedText({ errors, warnings, failed }: RunQuality): string {
  const of = (one: FailedCheck["level"], count: number): string[] => {
    if (count === 0) return [];
    const own = failed.filter((check) => check.level === one);
    const names = own
      .slice(0, NAMED)
      .map((check) => `${checkName(check)}${check.count === null ? "" : ` ${check.count}`}`);
    const more = count - names.length;
    return [`${count} of level ${one} (${[...names, ...(more > 0 ? [`${more} more`] : [])].join(", ")})`];
  };
  return [...of("error", errors), ...of("warning", warnings)].join(" and ");
}
