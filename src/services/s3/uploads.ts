import type { AwsContext } from "../../aws/context.ts";
import type { Wanted } from "../../engine/types.ts";
import { unless } from "../kit.ts";
import { bucketNameOf } from "./arn.ts";
import { NO_BUCKET } from "./bucket-read.ts";
import { s3Client } from "./client.ts";
import type { ObjectProps } from "./props.ts";

/** Name of an object: `<bucket>/<key>`. */
export const objectName = (bucket: string, key: string): string => `${bucket}/${key}`;

export interface Place {
  readonly Bucket: string;
  readonly Key: string;
  readonly ExpectedBucketOwner: string;
}

export function placeOf(ctx: AwsContext, name: string): Place {
  const slash = name.indexOf("/");
  return { Bucket: name.slice(0, slash), Key: name.slice(slash + 1), ExpectedBucketOwner: ctx.account };
}

const keyIn = (name: string): string => name.slice(name.indexOf("/") + 1);

export interface Search {
  readonly bucket: string;
  readonly prefix: string;
  /** What says that there is nothing to be found. */
  readonly nothing: readonly string[];
}

/**
 * Where leftovers are looked for: beside what is declared (`Content.under`), and in the scripts bucket always. A prefix
 * inside of another one is that one's.
 */
function searched(ctx: AwsContext, declared: readonly Wanted<ObjectProps>[]): Search[] {
  const scripts = bucketNameOf(ctx, "scripts");
  const beside = new Map<string, Set<string>>();
  for (const { name, content } of declared) {
    const bucket = placeOf(ctx, name).Bucket;
    beside.set(bucket, (beside.get(bucket) ?? new Set()).add(content?.under ?? ""));
  }
  const all = new Map([...beside, [scripts, new Set([""])]]);
  // A config that puts nothing there may have no such bucket, and whoever deploys it no right to one: S3 says so before it
  // says that there is none. The name may be somebody else's, too.
  const nothingIn = (bucket: string): readonly string[] =>
    beside.has(bucket) ? NO_BUCKET : [...NO_BUCKET, "AccessDenied"];
  return [...all].flatMap(([bucket, prefixes]) =>
    [...prefixes]
      .filter((one) => ![...prefixes].some((other) => other !== one && one.startsWith(other)))
      .map((prefix) => ({ bucket, prefix, nothing: nothingIn(bucket) })),
  );
}

/** Not uploads: the jobs' scratch space, our own lease and notes. */
const PASSED_BY = ["metriccare/", "tmp/"];

/** What a listing tells of an object. */
interface Listed {
  readonly etag: string;
  readonly size: number;
  /** When it was last put or copied, in milliseconds: S3 tells whole seconds. */
  readonly at: number;
}

/** All that lies there; of big folders that are passed by no more than the first page. */
export const listed = (ctx: AwsContext, search: Search): Promise<ReadonlyMap<string, Listed>> =>
  ctx.once(`s3 list ${search.bucket}/${search.prefix} ${search.nothing.join()}`, () => list(ctx, search));

async function list(ctx: AwsContext, { bucket, prefix, nothing }: Search): Promise<ReadonlyMap<string, Listed>> {
  const s3 = await ctx.clients.of(s3Client);
  const all = new Map<string, Listed>();
  let after: string | undefined;
  for (;;) {
    const page = await unless(
      nothing,
      s3.listObjectsV2({
        Bucket: bucket,
        ExpectedBucketOwner: ctx.account,
        ...(prefix ? { Prefix: prefix } : {}),
        ...(after ? { StartAfter: after } : {}),
      }),
    );
    for (const { Key, ETag = "", Size = 0, LastModified } of page?.Contents ?? [])
      if (Key !== undefined)
        all.set(Key, { etag: ETag.replaceAll('"', ""), size: Size, at: LastModified?.getTime() ?? Number.NaN });
    const last = page?.Contents?.at(-1)?.Key;
    if (!page?.IsTruncated || last === undefined) return all;
    const folder = PASSED_BY.find((start) => last.startsWith(start));
    // "0" comes right after "/": everything in the folder lies before it.
    after = folder ? `${folder.slice(0, -1)}0` : last;
  }
}

/** Names of what may be an upload of ours, declared or not. */
export async function uploadsIn(ctx: AwsContext, declared: readonly Wanted<ObjectProps>[]): Promise<readonly string[]> {
  const found = await Promise.all(
    searched(ctx, declared).map(async (search) =>
      [...(await listed(ctx, search)).keys()].map((key) => objectName(search.bucket, key)),
    ),
  );
  const isUpload = (name: string): boolean => !PASSED_BY.some((folder) => keyIn(name).startsWith(folder));
  return found.flat().filter(isUpload);
}
