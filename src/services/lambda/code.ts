import type { AwsContext } from "../../aws/context.ts";
import { base64ToHex, contentOf } from "../s3/content.ts";
import type { FunctionProps } from "./props.ts";

/**
 * Lambda does not tell which object its code came from. For code that lies in a bucket a tag on the function remembers
 * it: `s3://bucket/key@<etag>@<CodeSha256>`. A newer object, or code that somebody put by hand, then shows as a difference.
 */
export const CODE_TAG = "metriccare:code";

const OTHER = " (older content)";

function placeOf(url: string): { readonly Bucket: string; readonly Key: string } {
  const path = url.slice("s3://".length);
  const slash = path.indexOf("/");
  return { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) };
}

async function etagOf(ctx: AwsContext, url: string): Promise<string> {
  const s3 = await ctx.clients.s3();
  const head = await s3.headObject(placeOf(url));
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

/** What CreateFunction and UpdateFunctionCode take, and the object's ETag to remember. */
export async function codeInput(
  ctx: AwsContext,
  { codeSha256, codeS3 }: Pick<FunctionProps, "codeSha256" | "codeS3">,
): Promise<{ readonly code: { ZipFile: Uint8Array } | { S3Bucket: string; S3Key: string }; readonly etag?: string }> {
  if (codeS3 !== null) {
    const { Bucket, Key } = placeOf(codeS3);
    return { code: { S3Bucket: Bucket, S3Key: Key }, etag: await etagOf(ctx, codeS3) };
  }
  return { code: { ZipFile: await contentOf(ctx, base64ToHex(codeSha256 ?? "")) } };
}

/** The tag's value, or undefined for code that was sent inline. */
export const codeMark = (
  codeS3: string | null,
  etag: string | undefined,
  sha256: string | undefined,
): string | undefined => (codeS3 === null ? undefined : `${codeS3}@${etag ?? ""}@${sha256 ?? ""}`);
