import type { AwsContext } from "../../aws/context.ts";
import { eachRow } from "../hudi/read.ts";
import { BronzeTimes, gapsOf, headsOf, type RawGap } from "./gaps.ts";
import type { LedgerTarget } from "../ledger/item.ts";
import { isAbsent, OperateProblem } from "../problem.ts";
import { rawKeys } from "./raw-objects.ts";
import { command } from "../next.ts";

export interface BackfillTarget {
  readonly bucket: string;
  readonly prefix: string;
  readonly ledger: LedgerTarget;
  /** Name of the function that writes the ledger: it alone knows how. */
  readonly function: string;
  /** Bucket of the Bronze tables: what they hold is not new, whatever the ledger has forgotten. */
  readonly bronze: string;
  /** Rows go so many days after they were processed, where TTL is on. */
  /** Name of the queue that holds what the function could not record. */
  readonly queue?: string | undefined;
  readonly ttlDays?: number | undefined;
}

/** An upload that the ledger does not know. */
export interface Gap {
  readonly type: "gap";
  readonly key: string;
  readonly version_id: string | null;
  readonly size: number;
  readonly why: RawGap["why"];
  /** False for one that was overwritten since, and is there as a version. */
  readonly newest: boolean;
  /** The tables hold it: it was processed once, and its row and head were lost. */
  readonly in_bronze: boolean;
}

export type BackfillEvent =
  | Gap
  | { readonly type: "sent"; readonly objects: number; readonly new: number }
  | {
      readonly type: "finished";
      readonly looked: number;
      readonly gaps: number;
      readonly sent: number;
      readonly in_bronze: number;
    };

const BRONZE = ["patient", "encounter", "condition", "quarantine"];

async function bronzeTimes(ctx: AwsContext, target: BackfillTarget): Promise<BronzeTimes> {
  const times = new BronzeTimes(target.bucket);
  for (const table of BRONZE)
    for await (const row of eachRow(ctx, `s3://${target.bronze}/${table}/`, ["file_id"]))
      times.add(String(row["file_id"] ?? ""));
  return times;
}

/**
 * Takes up objects that S3 has and the ledger lacks, by telling the function of them as S3 would. The tables are asked
 * first: what they hold already is not sent as new.
 */
export async function* backfill(
  ctx: AwsContext,
  target: BackfillTarget,
  options: { readonly dryRun?: boolean; readonly signal?: AbortSignal } = {},
): AsyncGenerator<BackfillEvent> {
  let known: BronzeTimes | undefined;
  const count = { looked: 0, gaps: 0, sent: 0, in_bronze: 0 };
  try {
    for await (const page of rawKeys(ctx, target.bucket, target.prefix)) {
      options.signal?.throwIfAborted();
      count.looked += page.length;
      const wanted: RawGap[] = [];
      const keys = page.map((one) => one.key);
      const heads = await headsOf(ctx, target.ledger, target.bucket, keys);
      for (const gap of gapsOf(target.bucket, page, heads, ctx.clock.now())) {
        known ??= await bronzeTimes(ctx, target);
        if (gap.again) {
          wanted.push(gap);
          continue;
        }
        const inBronze = gap.why === "no row" && known.takes(gap);
        count.gaps++;
        if (inBronze) count.in_bronze++;
        else wanted.push(gap);
        const { key, size, why, newest } = gap;
        yield { type: "gap", key, version_id: gap.versionId || null, size, why, newest, in_bronze: inBronze };
      }
      if (options.dryRun) continue;
      for (let at = 0; at < wanted.length; at += 25) {
        const batch = wanted.slice(at, at + 25);
        const objects = batch.filter((gap) => !gap.again).length;
        count.sent += objects;
        yield { type: "sent", objects, new: await tell(ctx, target, batch) };
      }
    }
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucket")
      throw new OperateProblem(
        "no_bucket",
        `The bucket ${target.bucket} does not exist in ${ctx.account}`,
        command(ctx, "apply"),
        "user",
        target.bucket,
      );
    throw error;
  }
  yield { type: "finished", ...count };
}

/** Form-encoding as in S3's events: `+` is a space there. */
const encoded = (key: string): string => encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");

/** Tells the function of objects, in the shape of S3's own event; without a sequencer it orders them by time. */
async function tell(ctx: AwsContext, target: BackfillTarget, objects: readonly RawGap[]): Promise<number> {
  const lambda = await ctx.clients.lambda();
  const Records = objects.map((object) => ({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: ctx.region,
    eventTime: new Date(object.eventMs).toISOString(),
    eventName: "ObjectCreated:Put",
    s3: {
      bucket: { name: target.bucket },
      object: {
        key: encoded(object.key),
        size: object.size,
        eTag: object.etag,
        ...(object.versionId ? { versionId: object.versionId } : {}),
      },
    },
  }));
  try {
    const answer = await lambda.invoke({
      FunctionName: target.function,
      InvocationType: "RequestResponse",
      Payload: Buffer.from(JSON.stringify({ Records })),
    });
    const text = new TextDecoder().decode(answer.Payload ?? new Uint8Array());
    if (answer.FunctionError)
      throw new OperateProblem(
        "function_failed",
        `The function ${target.function} failed on ${objects.length} objects`,
        `its log group is /aws/lambda/${target.function}`,
        "aws",
        target.function,
      );
    const told = JSON.parse(text || "{}") as { new?: unknown };
    return typeof told.new === "number" ? told.new : 0;
  } catch (error) {
    if (isAbsent(error))
      throw new OperateProblem(
        "no_function",
        `The function ${target.function} does not exist`,
        command(ctx, "apply"),
        "user",
        target.function,
      );
    throw error;
  }
}
