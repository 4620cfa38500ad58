import type { Grant, HeadObjectOutput, Owner, PutObjectCommandInput } from "@aws-sdk/client-s3";
import type { AwsContext } from "../../aws/context.ts";
import { given, sameSet } from "../kit.ts";
import type { ObjectProps } from "./props.ts";
import { CANNED_MEANS, grantsFrom } from "./settings/acl.ts";
import { s3Client } from "./client.ts";

/** Stands in for S3's checksum where a copy lost it. */
export const SHA_METADATA = "metriccare-sha256";

/** Optional settings of an object: all that may be absent from its props. */
export type ObjectSettings = Omit<ObjectProps, "bucket" | "key" | "sha256" | "size" | "contentType">;

/** What HEAD tells of them: no call beside it. A setting that S3 does not answer is AWS's default. */
export function settingsFrom(head: HeadObjectOutput): ObjectSettings {
  const { [SHA_METADATA]: _own, ...metadata } = head.Metadata ?? {};
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: hold } = head;
  const lock = { ...given("mode", mode), ...given("retainUntil", until?.toISOString()), legalHold: hold === "ON" };
  return {
    ...given("cacheControl", head.CacheControl),
    ...given("contentDisposition", head.ContentDisposition),
    ...given("contentEncoding", head.ContentEncoding),
    ...given("contentLanguage", head.ContentLanguage),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    // HEAD tells it of every class but the standard one.
    storageClass: head.StorageClass ?? "STANDARD",
    ...given("serverSideEncryption", head.ServerSideEncryption),
    ...given("kmsKey", head.SSEKMSKeyId),
    ...given("bucketKey", head.BucketKeyEnabled),
    ...given("websiteRedirect", head.WebsiteRedirectLocation),
    ...(mode !== undefined || hold === "ON" ? { objectLock: lock } : {}),
  };
}

/** Moments that are the same, however they are written; no hold is a hold that is off. */
export const sameLock = (live: unknown, wanted: unknown): boolean => {
  const told = (value: unknown): string => {
    const { mode, retainUntil, legalHold = false } = (value ?? {}) as NonNullable<ObjectSettings["objectLock"]>;
    return JSON.stringify([mode, retainUntil === undefined ? null : Date.parse(retainUntil), legalHold]);
  };
  return told(live) === told(wanted);
};

const lockTo = ({ mode, retainUntil, legalHold }: NonNullable<ObjectSettings["objectLock"]>) => ({
  ...given("ObjectLockMode", mode),
  ...(retainUntil === undefined ? {} : { ObjectLockRetainUntilDate: new Date(retainUntil) }),
  ...(legalHold === undefined ? {} : { ObjectLockLegalHoldStatus: legalHold ? ("ON" as const) : ("OFF" as const) }),
});

/** The part of PutObject that says them. */
export const settingsTo = (props: ObjectProps): Partial<PutObjectCommandInput> => ({
  Metadata: { ...props.metadata, [SHA_METADATA]: props.sha256 },
  ...given("CacheControl", props.cacheControl),
  ...given("ContentDisposition", props.contentDisposition),
  ...given("ContentEncoding", props.contentEncoding),
  ...given("ContentLanguage", props.contentLanguage),
  ...given("StorageClass", props.storageClass),
  ...given("ServerSideEncryption", props.serverSideEncryption),
  ...given("SSEKMSKeyId", props.kmsKey),
  ...given("BucketKeyEnabled", props.bucketKey),
  ...given("WebsiteRedirectLocation", props.websiteRedirect),
  ...given("ACL", props.acl),
  ...(props.objectLock ? lockTo(props.objectLock) : {}),
});

/** The canned ACL that an object has; undefined where somebody put grants of his own. `wanted` is asked first: two mean the same. */
export async function aclOf(
  ctx: AwsContext,
  place: { readonly Bucket: string; readonly Key: string; readonly ExpectedBucketOwner: string },
  wanted: ObjectProps["acl"],
): Promise<ObjectProps["acl"]> {
  const { Grants = [], Owner: owner } = await (await ctx.clients.of(s3Client)).getObjectAcl(place);
  return cannedOf(Grants, owner, wanted);
}

/** What the owner of bucket and object grants himself shows in no grant. */
const MEANS = { ...CANNED_MEANS, "bucket-owner-read": [], "bucket-owner-full-control": [] } as const;

function cannedOf(grants: readonly Grant[], owner: Owner | undefined, wanted: ObjectProps["acl"]): ObjectProps["acl"] {
  const found = grantsFrom(grants, owner);
  const fits = (canned: keyof typeof MEANS): boolean => sameSet(MEANS[canned], found);
  const isCanned = (text: string): text is keyof typeof MEANS => Object.hasOwn(MEANS, text);
  if (wanted !== undefined && fits(wanted)) return wanted;
  const [first] = Object.keys(MEANS).filter(isCanned).filter(fits);
  return first === "log-delivery-write" ? undefined : first;
}
