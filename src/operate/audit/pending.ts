import type { AwsContext } from "../../aws/context.ts";
import type { AuditFinding } from "./events.ts";
import type { BackfillTarget } from "../care/backfill.ts";
import { isRunOn } from "../runs/graph.ts";
import { type Item, number, text } from "../ledger/item.ts";
import { isAbsent } from "../problem.ts";
import { lastRun } from "../runs/calls.ts";
import type { RunTarget } from "../runs/events.ts";
import { orphanClaims } from "../care/orphans.ts";
import { pendingItems } from "../ledger/pending.ts";

/** Longer than that with a run on, and something is wrong: each run takes what came before it. */
const WAITING_MS = 60 * 60_000;
/** The function starts a run in the breath in which it writes the row. */
const START_MS = 60_000;
/** So often the schedule offers a file to a run. */
const OFFERED = 5;

/** Claims that nobody works on, files that nobody takes, and files whose object is no longer there to be taken. */
export async function* pendingFindings(
  ctx: AwsContext,
  target: BackfillTarget,
  run: RunTarget,
): AsyncGenerator<AuditFinding> {
  const id = target.ledger.hashKey;
  for await (const { item, why, leave } of orphanClaims(ctx, target.ledger, run))
    if (!leave)
      yield {
        type: "finding",
        code: "orphan_claim",
        level: "error",
        key: text(item, "key") ?? "",
        file_id: text(item, id),
        text: `It is claimed and nobody works on it: ${why}`,
        repair: "release",
      };
  let on: boolean | undefined;
  for await (const item of pendingItems(ctx, target.ledger)) {
    if (text(item, "status") !== "received") continue;
    const found = { type: "finding", level: "error", key: text(item, "key") ?? "", file_id: text(item, id) } as const;
    const since = Date.parse(text(item, "received_at") ?? "");
    on ??= isRunOn((await lastRun(ctx, run.workflow))?.Status);
    if (!(ctx.clock.now() - since > (on ? WAITING_MS : START_MS))) continue;
    if (!(await isThere(ctx, item)))
      yield {
        ...found,
        code: "object_gone",
        level: "warning",
        text: "It waits, and S3 has it no more: the next run will say that it failed",
        repair: "run-workflow",
      };
    else yield { ...found, code: "waiting", text: waitText(item, since, on), repair: "run-workflow" };
  }
}

function waitText(item: Item, since: number, on: boolean): string {
  const tries = number(item, "attempt") ?? 0;
  const after = `It waits since ${new Date(since).toISOString()}, after ${tries} ${tries === 1 ? "attempt" : "attempts"}`;
  if (tries > OFFERED) return `${after}: the schedule offers it no more`;
  return on ? after : `${after}, and no run is on`;
}

async function isThere(ctx: AwsContext, item: Item): Promise<boolean> {
  const s3 = await ctx.clients.s3();
  const version = text(item, "version_id");
  try {
    await s3.headObject({
      Bucket: text(item, "bucket") ?? "",
      Key: text(item, "key") ?? "",
      ...(version && version !== "null" ? { VersionId: version } : {}),
    });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
