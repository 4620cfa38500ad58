import type { AwsContext } from "../../aws/context.ts";
import { s3Client } from "../../services/s3/client.ts";

interface Listed {
  readonly keys: readonly { readonly key: string; readonly size: number }[];
  /** Folders below, with their slash. */
  readonly folders: readonly string[];
}

/** One level of a prefix, all pages. */
export async function listLevel(ctx: AwsContext, bucket: string, prefix: string): Promise<Listed> {
  const s3 = await ctx.clients.of(s3Client);
  const keys: { key: string; size: number }[] = [];
  const folders: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2({
      Bucket: bucket,
      Prefix: prefix,
      Delimiter: "/",
      ...(token ? { ContinuationToken: token } : {}),
    });
    for (const object of page.Contents ?? []) if (object.Key) keys.push({ key: object.Key, size: object.Size ?? 0 });
    for (const folder of page.CommonPrefixes ?? []) if (folder.Prefix) folders.push(folder.Prefix);
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
  return { keys, folders };
}

export async function getBytes(ctx: AwsContext, bucket: string, key: string, range?: string): Promise<Uint8Array> {
  const s3 = await ctx.clients.of(s3Client);
  const answer = await s3.getObject({ Bucket: bucket, Key: key, ...(range ? { Range: range } : {}) });
  return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
}

export const getText = async (ctx: AwsContext, bucket: string, key: string): Promise<string> =>
  new TextDecoder().decode(await getBytes(ctx, bucket, key));

/** `s3://bucket/path/` as bucket and prefix that ends with a slash. */
export function splitUrl(url: string): { readonly bucket: string; readonly prefix: string } {
  const match = /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(url);
  if (!match?.[1]) throw new TypeError(`not an s3:// URL: ${url}`);
  const path = match[2] ?? "";
  return { bucket: match[1], prefix: path === "" || path.endsWith("/") ? path : `${path}/` };
}
