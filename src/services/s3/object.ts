import type { HeadObjectOutput } from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import type { Call, Kind, Live, Tags, Wanted, Write } from "../../engine/types.ts";
import { call, given, ifWanted, mergeTags, readEach, tagged, unless } from "../kit.ts";
import { base64ToHex, bytesOf, hexToBase64 } from "./content.ts";
import { aclOf, sameLock, settingsFrom, settingsTo, SHA_METADATA } from "./object-settings.ts";
import type { ObjectProps } from "./props.ts";
import { recorded, recordUploads } from "./uploaded.ts";
import { objectName, type Place, placeOf, uploadsIn } from "./uploads.ts";
import { deleteVersions } from "./versions.ts";
import { s3Client } from "./client.ts";

/** HEAD has no body: a missing bucket and a missing key both answer a bare 404. */
const NO_OBJECT = ["NotFound", "NoSuchKey", "NoSuchBucket"] as const;

/** Versions that are asked for the mark: it is the one right below the overwriting one, or it is not there. */
const LOOK_BACK = 5;

/**
 * Whoever overwrites an object takes its tags away with it. A key is ours as long as an older version carries our mark:
 * what was put over it is then drift, not a stranger.
 */
async function formerOwner(ctx: AwsContext, { Bucket, Key, ExpectedBucketOwner }: Place): Promise<string | undefined> {
  const s3 = await ctx.clients.of(s3Client);
  const { Versions = [] } = await s3.listObjectVersions({
    Bucket,
    ExpectedBucketOwner,
    Prefix: Key,
    MaxKeys: 2 * LOOK_BACK,
  });
  const older = Versions.filter((version) => version.Key === Key && !version.IsLatest).slice(0, LOOK_BACK);
  for (const { VersionId } of older) {
    const tagging = await unless(
      [...NO_OBJECT, "NoSuchVersion"],
      s3.getObjectTagging({ Bucket, Key, ExpectedBucketOwner, VersionId }),
    );
    const owner = tagMap(tagging?.TagSet)[OWNER_TAG];
    if (owner !== undefined) return owner;
  }
  return undefined;
}

async function read(ctx: AwsContext, wanted: Wanted<ObjectProps>): Promise<Live<ObjectProps> | undefined> {
  const { name } = wanted;
  const s3 = await ctx.clients.of(s3Client);
  const place = placeOf(ctx, name);
  const gone = [...NO_OBJECT, "MethodNotAllowed"];
  const head = unless(NO_OBJECT, s3.headObject({ ...place, ChecksumMode: "ENABLED" }));
  const live = await tagged(
    ctx,
    { ...wanted, searched: false },
    head,
    {
      arn: `arn:${ctx.partition}:s3:::${name}`,
      own: async () => {
        const found = await unless(gone, s3.getObjectTagging(place));
        return found && tagMap(found.TagSet);
      },
    },
    async (found, tags) => {
      const acl = await ifWanted(wanted, "acl", tags, () => unless(gone, aclOf(ctx, place, wanted.props?.acl)));
      return { ...propsOf(place, found), ...given("acl", acl) };
    },
  );
  if (!live || live.owner !== undefined) return live;
  return { ...live, ...given("owner", await formerOwner(ctx, place)) };
}

function propsOf({ Bucket, Key }: Place, head: HeadObjectOutput): ObjectProps {
  const checksum = head.ChecksumSHA256;
  return {
    bucket: Bucket,
    key: Key,
    sha256: checksum ? base64ToHex(checksum) : (head.Metadata?.[SHA_METADATA] ?? ""),
    size: head.ContentLength ?? 0,
    contentType: head.ContentType ?? "",
    ...settingsFrom(head),
  };
}

function put(
  ctx: AwsContext,
  { props, content }: Pick<Write<ObjectProps>, "props" | "content">,
  tags: () => Promise<Tags>,
  more: Partial<Call> = {},
): Call {
  return call(
    "s3:PutObject",
    async () => {
      const s3 = await ctx.clients.of(s3Client);
      return s3.putObject({
        Bucket: props.bucket,
        Key: props.key,
        ExpectedBucketOwner: ctx.account,
        Body: await bytesOf(content, props.sha256),
        ContentType: props.contentType,
        ChecksumSHA256: hexToBase64(props.sha256),
        ...settingsTo(props),
        Tagging: query(await tags()),
      });
    },
    more,
  );
}

/** Tags as a header: `%20` for blanks, because not everybody reads `+` as one. */
const query = (tags: Tags): string =>
  Object.entries(tags)
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .join("&");

const tagsOf = async (ctx: AwsContext, name: string): Promise<Tags> =>
  tagMap((await (await ctx.clients.of(s3Client)).getObjectTagging(placeOf(ctx, name))).TagSet);

const WRITES = [
  "s3:PutObject",
  "s3:PutObjectTagging",
  "s3:PutObjectAcl",
  "s3:PutObjectLegalHold",
  "s3:PutObjectRetention",
] as const;

export { objectName };

export const object: Kind<ObjectProps, AwsContext> = {
  name: "s3.object",
  asksOn: true,
  fields: {
    bucket: { onChange: "replace" },
    key: { onChange: "replace" },
    storageClass: { unset: "STANDARD" },
    objectLock: { equal: sameLock },
    acl: { unset: "private" },
  },
  handles: (_ctx, { name }) => [`s3://${name}`],
  needs: (_ctx, _address, { bucket, kmsKey }) => [`s3://${bucket}`, ...(kmsKey ? [kmsKey] : [])],
  async read(ctx, wanted) {
    const told = await recorded(ctx, wanted);
    return readEach(wanted, async (one) => (told.has(one.name) ? told.get(one.name) : read(ctx, one)));
  },
  sends: () => true,
  owned: async (ctx, declared = []) =>
    (await uploadsIn(ctx, declared)).map((name) => ({ kind: "s3.object", id: name, name })),
  record: recordUploads,
  goesWith: (ctx, { name }) => `s3://${placeOf(ctx, name).Bucket}`,
  *create(ctx, write) {
    yield put(ctx, write, async () => write.tags, { creates: true });
  },
  *update(ctx, { address, tags, changed, ...write }) {
    if (changed.size === 0) return;
    // A put replaces the tags as well: other people's go along.
    yield put(ctx, write, async () => mergeTags(await tagsOf(ctx, address.name), tags, []));
  },
  delete: (ctx, { name }) => {
    const { Bucket, Key } = placeOf(ctx, name);
    return deleteVersions(ctx, Bucket, Key, (key) => key === Key);
  },
  *retag(ctx, { name }, _live, set, remove) {
    yield call("s3:PutObjectTagging", async () => {
      const s3 = await ctx.clients.of(s3Client);
      const TagSet = tagList(mergeTags(await tagsOf(ctx, name), set, remove));
      return s3.putObjectTagging({ ...placeOf(ctx, name), Tagging: { TagSet } });
    });
  },
  permissions: {
    read: [
      "s3:GetObject",
      "s3:GetObjectTagging",
      "s3:GetObjectVersionTagging",
      // Without these HEAD is silent about locks.
      "s3:GetObjectLegalHold",
      "s3:GetObjectRetention",
      "s3:GetObjectAcl",
      "s3:ListBucket",
      "s3:ListBucketVersions",
    ],
    create: WRITES,
    update: WRITES,
    delete: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions"],
  },
};
