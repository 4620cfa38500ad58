import { DATASETS } from "../../lakehouse/registry.ts";
import { eachRow } from "../hudi/read.ts";
import { BronzeTimes, gapsOf, type RawGap } from "./gaps.ts";
import { isAbsent, OperateProblem } from "../problem.ts";
import { rawKeys } from "./raw-objects.ts";
import { command, noBucket } from "../next.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { lambdaClient } from "../../services/lambda/client.ts";

/** An upload that the ledger does not know. */
interface Gap {
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

const BRONZE = [...DATASETS, "quarantine"];

async function bronzeTimes({ ctx, bucket, bronze }: Pipeline): Promise<BronzeTimes> {
  const times = new BronzeTimes(bucket);
  for (const table of BRONZE)
    for await (const row of eachRow(ctx, `s3://${bronze}/${table}/`, ["file_id"]))
      times.add(String(row["file_id"] ?? ""));
  return times;
}

/**
 * Takes up objects that S3 has and the ledger lacks, by telling the function of them as S3 would. The tables are asked
 * first: what they hold already is not sent as new.
 */
export async function* backfill(
  pipeline: Pipeline,
  options: { readonly dryRun?: boolean; readonly signal?: AbortSignal } = {},
): AsyncGenerator<BackfillEvent> {
  const { ctx, ledger, bucket } = pipeline;
  let known: BronzeTimes | undefined;
  const count = { looked: 0, gaps: 0, sent: 0, in_bronze: 0 };
  try {
    for await (const page of rawKeys(pipeline)) {
      options.signal?.throwIfAborted();
      count.looked += page.length;
      const wanted: RawGap[] = [];
      const heads = await ledger.heads(
        bucket,
        page.map((one) => one.key),
      );
      for (const gap of gapsOf(bucket, page, heads, ctx.clock.now())) {
        known ??= await bronzeTimes(pipeline);
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
        yield { type: "sent", objects, new: await tellFunction(pipeline, batch) };
      }
    }
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchBucket") throw noBucket(ctx, bucket);
    throw error;
  }
  yield { type: "finished", ...count };
}

/** Form-encoding as in S3's events: `+` is a space there. */
const encoded = (key: string): string => encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");

/** Tells the function of objects, in the shape of S3's own event; without a sequencer it orders them by time. */
async function tellFunction(pipeline: Pipeline, objects: readonly RawGap[]): Promise<number> {
  const { ctx, bucket, function: name } = pipeline;
  const lambda = await ctx.clients.of(lambdaClient);
  const Records = objects.map((object) => ({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: ctx.region,
    eventTime: new Date(object.eventMs).toISOString(),
    eventName: "ObjectCreated:Put",
    s3: {
      bucket: { name: bucket },
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
      FunctionName: name,
      InvocationType: "RequestResponse",
      Payload: Buffer.from(JSON.stringify({ Records })),
    });
    const text = new TextDecoder().decode(answer.Payload ?? new Uint8Array());
    if (answer.FunctionError)
      throw new OperateProblem(
        "function_failed",
        `The function ${name} failed on ${objects.length} objects`,
        `its log group is /aws/lambda/${name}`,
        "aws",
        name,
      );
    const told = JSON.parse(text || "{}") as { new?: unknown };
    return typeof told.new === "number" ? told.new : 0;
  } catch (error) {
    if (isAbsent(error))
      throw new OperateProblem(
        "no_function",
        `The function ${name} does not exist`,
        command(ctx, "apply"),
        "user",
        name,
      );
    throw error;
  }
}
