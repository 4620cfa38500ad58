import type { AwsContext } from "../../aws/context.ts";
import { orphanClaims } from "../care/orphans.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { pendingFiles } from "../ledger/pending.ts";
import { isAbsent } from "../problem.ts";
import { lastRun } from "../runs/calls.ts";
import { isRunOn } from "../runs/graph.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { type AuditFinding, finding } from "./events.ts";
import { s3Client } from "../../services/s3/client.ts";

/** Longer than that with a run on, and something is wrong: each run takes what came before it. */
const WAITING_MS = 60 * 60_000;
/** The function starts a run in the breath in which it writes the row. */
const START_MS = 60_000;
/** So often the schedule offers a file to a run. */
const OFFERED = 5;

/** Claims that nobody works on, files that nobody takes, and files whose object is no longer there to be taken. */
export async function* pendingFindings(pipeline: Pipeline): AsyncGenerator<AuditFinding> {
  const { ctx, ledger, run } = pipeline;
  for await (const { file, why, leave } of orphanClaims(pipeline))
    if (!leave) yield finding("orphan_claim", file, `It is claimed and nobody works on it: ${why}`);
  let on: boolean | undefined;
  for await (const file of pendingFiles(ledger)) {
    if (file.status !== "received") continue;
    const since = Date.parse(file.receivedAt ?? "");
    on ??= isRunOn((await lastRun(ctx, run.workflow))?.Status);
    if (!(ctx.clock.now() - since > (on ? WAITING_MS : START_MS))) continue;
    yield (await isThere(ctx, file))
      ? finding("waiting", file, waitText(file, since, on))
      : finding("object_gone", file, "It waits, and S3 has it no more: the next run will say that it failed");
  }
}

function waitText({ attempt: tries }: LedgerFile, since: number, on: boolean): string {
  const after = `It waits since ${new Date(since).toISOString()}, after ${tries} ${tries === 1 ? "attempt" : "attempts"}`;
  if (tries > OFFERED) return `${after}: the schedule offers it no more`;
  return on ? after : `${after}, and no run is on`;
}

async function isThere(ctx: AwsContext, { bucket, key, versionId }: LedgerFile): Promise<boolean> {
  const s3 = await ctx.clients.of(s3Client);
  try {
    await s3.headObject({
      Bucket: bucket,
      Key: key,
      ...(versionId && versionId !== "null" ? { VersionId: versionId } : {}),
    });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
