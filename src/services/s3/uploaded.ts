import { createHash } from "node:crypto";
import type { AwsContext } from "../../aws/context.ts";
import { stable } from "../../engine/fingerprint.ts";
import type { Call, Live, Tags, Wanted, Write } from "../../engine/types.ts";
import { call, given, unless } from "../kit.ts";
import { OWNER_TAG } from "../../aws/marks.ts";
import { bucketNameOf } from "./arn.ts";
import { NO_BUCKET } from "./bucket-read.ts";
import { s3Client } from "./client.ts";
import type { ObjectProps } from "./props.ts";
import { listed, placeOf } from "./uploads.ts";
import { RECORD_KEY } from "./versions.ts";

/**
 * What an apply has put into the bucket for scripts, written down there when all of it was as declared: of each object a hash
 * of everything that the config says of it, tags and marks included. With one listing a plan then knows of each that its content
 * is still that (ETag and size), and that nobody has put or copied anything over it since (it is no younger than the record).
 * What the listing cannot tell (tags that somebody took off without writing the object) shows in the next plan that has a reason
 * to look. Whatever is not told so is looked at by itself, and no object is ours or not because of what stands here.
 */
interface Recorded {
  readonly version: 1;
  readonly objects: Readonly<Record<string, string>>;
}

const hashOf = (props: ObjectProps, tags: Tags): string =>
  createHash("sha256").update(stable({ props, tags })).digest("base64url").slice(0, 22);

/** The bucket whose objects are written down: the one that holds scripts and nothing else. */
const isListed = (ctx: AwsContext, { name, content }: Pick<Wanted, "name" | "content">): boolean =>
  placeOf(ctx, name).Bucket === bucketNameOf(ctx, "scripts") && !content?.under;

/** Locks and grants change without a trace in a listing. */
const isTold = ({ acl, objectLock }: ObjectProps): boolean => acl === undefined && objectLock === undefined;

/** A text of ours, or of whoever may write there. */
function objectsIn(text: string | undefined): Recorded["objects"] {
  try {
    const told: unknown = JSON.parse(text ?? "");
    const objects: unknown = typeof told === "object" && told !== null && "objects" in told ? told.objects : undefined;
    return typeof objects === "object" && objects !== null ? (objects as Recorded["objects"]) : {};
  } catch {
    // Half a file says nothing.
    return {};
  }
}

async function readRecord(ctx: AwsContext): Promise<Recorded["objects"]> {
  const s3 = await ctx.clients.of(s3Client);
  // Who may not read it has more to ask, and nothing else is different for it.
  const found = await unless(
    ["NoSuchKey", ...NO_BUCKET, "AccessDenied"],
    s3.getObject({ Bucket: bucketNameOf(ctx, "scripts"), Key: RECORD_KEY, ExpectedBucketOwner: ctx.account }),
  );
  return objectsIn(await found?.Body?.transformToString());
}

/** Those that are told by one listing: as declared, or (undefined) not there. Of all others nothing is said. */
export async function recorded(
  ctx: AwsContext,
  wanted: readonly Wanted<ObjectProps>[],
): Promise<ReadonlyMap<string, Live<ObjectProps> | undefined>> {
  const own = wanted.filter((one) => one.recorded && isListed(ctx, one));
  if (own.length === 0) return new Map();
  const early = own.some(({ alone }) => alone) ? readRecord(ctx) : undefined;
  // An error of theirs is told where they are waited for.
  early?.catch(() => undefined);
  const all = await listed(ctx, { bucket: bucketNameOf(ctx, "scripts"), prefix: "", nothing: NO_BUCKET });
  const record = all.get(RECORD_KEY);
  const known = record ? await (early ?? readRecord(ctx)) : {};
  return new Map(
    own.flatMap((one): [string, Live<ObjectProps> | undefined][] => {
      const { name, props, content, tags } = one;
      const found = all.get(placeOf(ctx, name).Key);
      if (!found) return [[name, undefined]];
      if (!record || !props || !tags || content?.md5 === undefined || !isTold(props)) return [];
      const same = found.etag === content.md5 && found.size === props.size && found.at <= record.at;
      if (!same || known[name] !== hashOf(props, tags)) return [];
      return [[name, { name, props, tags, searched: true, ...given("owner", tags[OWNER_TAG]) }]];
    }),
  );
}

/** Writes down what is as declared now. */
export function* recordUploads(ctx: AwsContext, all: readonly Write<ObjectProps>[]): Iterable<Call> {
  const own = all.filter(({ address, content }) => isListed(ctx, { name: address.name, ...given("content", content) }));
  if (own.length === 0) return;
  const objects = Object.fromEntries(
    own.map(({ address, props, tags }) => [address.name, hashOf(props, tags)]).toSorted(),
  );
  const record: Recorded = { version: 1, objects };
  yield call("s3:PutObject", async () =>
    (await ctx.clients.of(s3Client)).putObject({
      Bucket: bucketNameOf(ctx, "scripts"),
      Key: RECORD_KEY,
      ExpectedBucketOwner: ctx.account,
      Body: `${JSON.stringify(record)}\n`,
      ContentType: "application/json",
    }),
  );
}
