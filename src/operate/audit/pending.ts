import type { AwsContext } from "../../aws/context.ts";
import { orphanClaims } from "../care/orphans.ts";
import { type Item, number, text } from "../ledger/item.ts";
import { pendingItems } from "../ledger/pending.ts";
import { isAbsent } from "../problem.ts";
import { lastRun } from "../runs/calls.ts";
import { isRunOn } from "../runs/graph.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { type AuditFinding, finding } from "./events.ts";

/** Longer than that with a run on, and something is wrong: each run takes what came before it. */
const WAITING_MS = 60 * 60_000;
/** The function starts a run in the breath in which it writes the row. */
const START_MS = 60_000;
/** So often the schedule offers a file to a run. */
const OFFERED = 5;

/** Claims that nobody works on, files that nobody takes, and files whose object is no longer there to be taken. */
export async function* pendingFindings(pipeline: Pipeline): AsyncGenerator<AuditFinding> {
  const { ctx, ledger, run } = pipeline;
  const at = (item: Item): { key: string; fileId: string } => ({
    key: text(item, "key") ?? "",
    fileId: ledger.idOf(item),
  });
  for await (const { item, why, leave } of orphanClaims(pipeline))
    if (!leave) yield finding("orphan_claim", at(item), `It is claimed and nobody works on it: ${why}`);
  let on: boolean | undefined;
  for await (const item of pendingItems(ledger)) {
    if (text(item, "status") !== "received") continue;
    const since = Date.parse(text(item, "received_at") ?? "");
    on ??= isRunOn((await lastRun(ctx, run.workflow))?.Status);
    if (!(ctx.clock.now() - since > (on ? WAITING_MS : START_MS))) continue;
    yield (await isThere(ctx, item))
      ? finding("waiting", at(item), waitText(item, since, on))
      : finding("object_gone", at(item), "It waits, and S3 has it no more: the next run will say that it failed");
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
