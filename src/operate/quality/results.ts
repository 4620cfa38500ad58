import { z } from "zod";
import type { AwsContext } from "../../aws/context.ts";
import { QUALITY_TABLE } from "../../lakehouse/quality.ts";
import { getText, listLevel, splitUrl } from "../hudi/store.ts";
import { isAbsent } from "../problem.ts";

const row = z.object({
  run_id: z.string(),
  checked_at: z.string(),
  check: z.string(),
  dataset: z.string().nullable(),
  level: z.enum(["error", "warning"]),
  status: z.enum(["passed", "failed", "broken", "skipped"]),
  count: z.number().nullable(),
  total: z.number().nullable(),
  text: z.string(),
});

/** One result: a row of Gold's table of quality checks. `broken`: the check could not be made. */
export type QualityRow = z.output<typeof row>;

/** Whether a result is to be looked at: a check that nobody could make says nothing good. */
export const isBad = ({ status }: Pick<QualityRow, "status">): boolean => status === "failed" || status === "broken";

/** The results of the newest run that was checked; none where no run was. One object a run, by its time. */
export async function readQuality(ctx: AwsContext, gold: string): Promise<readonly QualityRow[]> {
  const { bucket, prefix } = splitUrl(`s3://${gold}/${QUALITY_TABLE}/`);
  try {
    const { keys } = await listLevel(ctx, bucket, prefix);
    const last = keys
      .map(({ key }) => key)
      .filter((key) => key.endsWith(".json"))
      .toSorted()
      .at(-1);
    return last === undefined ? [] : rowsOf(await getText(ctx, bucket, last));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Lines of JSON; what is none of ours is left out. */
function rowsOf(text: string): QualityRow[] {
  return text.split("\n").flatMap((line) => {
    if (line.trim() === "") return [];
    try {
      const found = row.safeParse(JSON.parse(line));
      return found.success ? [found.data] : [];
    } catch {
      return [];
    }
  });
}
