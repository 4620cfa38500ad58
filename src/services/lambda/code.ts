import type { AwsContext } from "../../aws/context.ts";
import type { Content } from "../../engine/types.ts";
import { given } from "../kit.ts";
import { base64ToHex, bytesOf } from "../s3/content.ts";
import type { FunctionProps } from "./props.ts";
import { s3Client } from "../s3/client.ts";

/**
 * Lambda does not tell which object its code came from. For code that lies in a bucket a tag on the function remembers
 * it: `s3://bucket/key@<etag>@<CodeSha256>`. A newer object, or code that somebody put by hand, then shows as a difference.
 */
export const CODE_TAG = "metriccare:code";

const OTHER = " (older content)";

/** Between an object's URL and its version. Only characters that a tag's value may hold. */
const VERSION = "@v=";

/** `s3://bucket/key`, with `@v=<version>` behind it where the config names one. */
export const codeUrl = (bucket: string, key: string, version: string | undefined): string =>
  `s3://${bucket}/${key}${version === undefined ? "" : `${VERSION}${version}`}`;

interface Place {
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
}

function placeOf(url: string): Place {
  const [, bucket = "", key = "", version] = /^s3:\/\/([^/]+)\/(.*?)(?:@v=([^@/]+))?$/s.exec(url) ?? [];
  return { bucket, key, version };
}

/** The object as others name it: `s3://bucket/key`. */
export function codeObject(url: string): string {
  const { bucket, key } = placeOf(url);
  return codeUrl(bucket, key, undefined);
}

async function etagOf(ctx: AwsContext, url: string): Promise<string> {
  const s3 = await ctx.clients.of(s3Client);
  const { bucket, key, version } = placeOf(url);
  const head = await s3.headObject({
    Bucket: bucket,
    Key: key,
    // Code may lie in a bucket of another account; no data goes there.
    ExpectedBucketOwner: undefined,
    ...(version === undefined ? {} : { VersionId: version }),
  });
  return (head.ETag ?? "").replaceAll('"', "");
}

/** What the function's code is, as props; `mark` is the value of the tag. */
export async function readCode(
  ctx: AwsContext,
  sha256: string | undefined,
  mark: string | undefined,
): Promise<Pick<FunctionProps, "codeSha256" | "codeS3">> {
  const found = /^(s3:\/\/.+)@([^@]*)@([^@]*)$/.exec(mark ?? "");
  const [, url, etag, sha] = found ?? [];
  if (url === undefined) return { codeSha256: sha256 ?? "", codeS3: null };
  // An object that is gone has nothing newer to offer; one that may not be read is an error.
  const now = await etagOf(ctx, url).catch((error: unknown) => {
    if (error instanceof Error && ["NotFound", "NoSuchKey", "NoSuchBucket"].includes(error.name)) return etag;
    throw error;
  });
  return { codeSha256: null, codeS3: now === etag && sha === sha256 ? url : `${url}${OTHER}` };
}

interface CodePlace {
  readonly S3Bucket: string;
  readonly S3Key: string;
  readonly S3ObjectVersion?: string;
}

type Source = Pick<FunctionProps, "codeSha256" | "codeS3" | "imageUri" | "sourceKmsKey">;
type Code = (CodePlace | { readonly ZipFile: Uint8Array } | { readonly ImageUri: string }) & {
  readonly SourceKMSKeyArn?: string;
};

/** What CreateFunction and UpdateFunctionCode take, and the object's ETag to remember. */
export async function codeInput(
  ctx: AwsContext,
  { codeSha256, codeS3, imageUri, sourceKmsKey }: Source,
  content?: Content,
): Promise<{ readonly code: Code; readonly etag?: string }> {
  if (imageUri !== undefined) return { code: { ImageUri: imageUri } };
  const key = given("SourceKMSKeyArn", sourceKmsKey);
  if (codeS3 !== null) {
    const { bucket, key: name, version } = placeOf(codeS3);
    const code = {
      S3Bucket: bucket,
      S3Key: name,
      ...(version === undefined ? {} : { S3ObjectVersion: version }),
      ...key,
    };
    return { code, etag: await etagOf(ctx, codeS3) };
  }
  return { code: { ZipFile: await bytesOf(content, base64ToHex(codeSha256 ?? "")), ...key } };
}

/** The tag's value, or undefined for code that was sent inline. */
export const codeMark = (
  codeS3: string | null,
  etag: string | undefined,
  sha256: string | undefined,
): string | undefined => (codeS3 === null ? undefined : `${codeS3}@${etag ?? ""}@${sha256 ?? ""}`);
