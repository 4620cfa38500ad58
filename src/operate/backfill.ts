import type { AwsContext } from "../aws/context.ts";
import { eachRow } from "./hudi/read.ts";
import { generationsOf } from "./ledger-head.ts";
import { getItems, headId, type LedgerTarget } from "./ledger-item.ts";
import { withLedger } from "./ledger.ts";
import { isAbsent, OperateProblem } from "./problem.ts";
import { command } from "./run-calls.ts";

export interface BackfillTarget {
  readonly bucket: string;
  readonly prefix: string;
  readonly ledger: LedgerTarget;
  /** Name of the function that writes the ledger: it alone knows how. */
  readonly function: string;
  /** Bucket of the Bronze tables: what they hold is not new, whatever the ledger has forgotten. */
  readonly bronze: string;
}

export interface RawObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Epoch ms. */
  readonly modified: number;
}

/** An object that the ledger does not know in its present content. */
export interface Gap {
  readonly type: "gap";
  readonly key: string;
  readonly size: number;
  readonly why: "no row" | "other content than the latest row";
  /** The tables hold it: it was processed once, and its row and head were lost. */
  readonly inBronze: boolean;
}

export type BackfillEvent =
  | Gap
  | { readonly type: "sent"; readonly objects: number; readonly new: number }
  | {
      readonly type: "finished";
      readonly looked: number;
      readonly gaps: number;
      readonly sent: number;
      readonly inBronze: number;
    };

/** Markers that S3 consoles and Spark leave behind are not files. */
const isMarker = (key: string, size: number): boolean => (key.endsWith("/") && size === 0) || key.endsWith("_$folder$");

/** Current objects under the raw prefix, page by page. */
export async function* rawObjects(ctx: AwsContext, bucket: string, prefix: string): AsyncGenerator<RawObject[]> {
  const s3 = await ctx.clients.s3();
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2({
      Bucket: bucket,
      Prefix: prefix,
      ...(token ? { ContinuationToken: token } : {}),
    });
    yield (page.Contents ?? []).flatMap((object) =>
      object.Key === undefined || isMarker(object.Key, object.Size ?? 0)
        ? []
        : [
            {
              key: object.Key,
              size: object.Size ?? 0,
              etag: (object.ETag ?? "").replaceAll('"', ""),
              modified: object.LastModified?.getTime() ?? 0,
            },
          ],
    );
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

/** What the ledger lacks of a page of objects: no row at all, or only one of other content. */
export async function gapsOf(
  ctx: AwsContext,
  target: BackfillTarget,
  objects: readonly RawObject[],
): Promise<(RawObject & { readonly why: Gap["why"] })[]> {
  const idOf = (object: RawObject): string => headId(target.bucket, object.key);
  const heads = await withLedger(ctx, target.ledger, () => getItems(ctx, target.ledger, objects.map(idOf)));
  return objects.flatMap((object): (RawObject & { readonly why: Gap["why"] })[] => {
    const head = heads.get(idOf(object));
    const latest = head && generationsOf(head, target.bucket, object.key).at(-1);
    if (!latest) return [{ ...object, why: "no row" }];
    return latest.etag === object.etag && latest.size === object.size
      ? []
      : [{ ...object, why: "other content than the latest row" }];
  });
}

const BRONZE = ["patient", "encounter", "condition", "quarantine"];
/** S3's event time and the object's own differ by less. */
const SAME_UPLOAD_MS = 5_000;

/** Newest generation (epoch ms) of each object, by key, from the file ids that rows carry. */
export class BronzeTimes {
  readonly #times = new Map<string, number>();
  constructor(readonly bucket: string) {}

  add(fileId: string): void {
    const match = /^([^/]+)\/(.*)#(\d{13})-[^#]*$/s.exec(fileId);
    if (match?.[1] !== this.bucket || !match[2]) return;
    this.#times.set(match[2], Math.max(this.#times.get(match[2]) ?? 0, Number(match[3])));
  }

  /** Whether the tables hold rows of this very upload. */
  holds(object: RawObject): boolean {
    return Math.abs((this.#times.get(object.key) ?? 0) - object.modified) < SAME_UPLOAD_MS;
  }
}

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
  const count = { looked: 0, gaps: 0, sent: 0, inBronze: 0 };
  try {
    for await (const page of rawObjects(ctx, target.bucket, target.prefix)) {
      options.signal?.throwIfAborted();
      count.looked += page.length;
      const wanted: RawObject[] = [];
      for (const gap of await gapsOf(ctx, target, page)) {
        known ??= await bronzeTimes(ctx, target);
        const inBronze = gap.why === "no row" && known.holds(gap);
        count.gaps++;
        if (inBronze) count.inBronze++;
        else wanted.push(gap);
        yield { type: "gap", key: gap.key, size: gap.size, why: gap.why, inBronze };
      }
      if (options.dryRun) continue;
      for (let at = 0; at < wanted.length; at += 25) {
        const batch = wanted.slice(at, at + 25);
        count.sent += batch.length;
        yield { type: "sent", objects: batch.length, new: await tell(ctx, target, batch) };
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
async function tell(ctx: AwsContext, target: BackfillTarget, objects: readonly RawObject[]): Promise<number> {
  const lambda = await ctx.clients.lambda();
  const Records = objects.map((object) => ({
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: ctx.region,
    eventTime: new Date(object.modified).toISOString(),
    eventName: "ObjectCreated:Put",
    s3: { bucket: { name: target.bucket }, object: { key: encoded(object.key), size: object.size, eTag: object.etag } },
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
