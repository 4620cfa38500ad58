import type { AwsContext } from "../aws/context.ts";
import type { BackfillTarget } from "./backfill.ts";
import { eachRow } from "./hudi/read.ts";
import { BronzeTimes } from "./ledger-gaps.ts";

export const DATASETS = ["patient", "encounter", "condition"] as const;
export type Dataset = (typeof DATASETS)[number];
export type Counts = Record<Dataset, number>;

/** What the Bronze tables hold, file by file. */
export interface Bronze {
  readonly files: ReadonlyMap<string, Counts>;
  readonly times: BronzeTimes;
  /** Files with rows of one place that are there twice. */
  readonly twice: ReadonlySet<string>;
  readonly total: number;
}

/** Rows of each file in the Bronze tables, and files with rows that are there twice. */
export async function countBronze(ctx: AwsContext, target: Pick<BackfillTarget, "bucket" | "bronze">): Promise<Bronze> {
  const files = new Map<string, Counts>();
  const twice = new Set<string>();
  const times = new BronzeTimes(target.bucket);
  let total = 0;
  for (const dataset of DATASETS) {
    // Hudi keeps keys unique; a set of what was met is the proof, and is given back before the next table.
    const met = new Set<string>();
    for await (const row of eachRow(ctx, `s3://${target.bronze}/${dataset}/`, ["file_id", "line", "entry"])) {
      const fileId = String(row["file_id"] ?? "");
      const counted = files.get(fileId) ?? { patient: 0, encounter: 0, condition: 0 };
      const place = `${fileId}#${String(row["line"])}#${String(row["entry"])}`;
      if (met.has(place)) twice.add(fileId);
      met.add(place);
      counted[dataset]++;
      total++;
      files.set(fileId, counted);
      times.add(fileId);
    }
  }
  // A file that is all broken has left its rows there alone.
  for await (const row of eachRow(ctx, `s3://${target.bronze}/quarantine/`, ["file_id"]))
    times.add(String(row["file_id"] ?? ""));
  return { files, times, twice, total };
}
