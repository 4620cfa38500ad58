import { readFile } from "node:fs/promises";
import type { IngestPipeline } from "./events.ts";
import { digest, type Selected } from "./files.ts";
import { FileChanged, PART_BYTES, sendParts } from "./multipart.ts";
import { errorName, isAbsent, OperateProblem } from "../problem.ts";
import { command, noBucket } from "../next.ts";
import { s3Client } from "../../services/s3/client.ts";

/** Object metadata that says what the content is, whatever the ETag means (KMS, multipart). */
const SHA256 = "metriccare-sha256";

type RawBucket = Pick<IngestPipeline, "ctx" | "bucket">;

interface Remote {
  readonly etag: string;
  readonly size: number;
  readonly versionId: string | null;
}

export interface Compared {
  readonly file: Selected;
  readonly sha256: string;
  /** What S3 holds under the key when it is this very content. */
  readonly same?: Remote;
}

const bare = (etag: string | undefined): string => (etag ?? "").replaceAll('"', "");

/** Reads what is in S3 under the key and says whether it is the file's content. */
export async function compare({ ctx, bucket }: RawBucket, file: Selected): Promise<Compared> {
  const s3 = await ctx.clients.of(s3Client);
  const [local, remote] = await Promise.all([
    digest(file.path),
    s3.headObject({ Bucket: bucket, Key: file.key }).catch((error: unknown) => {
      if (errorName(error) === "NoSuchBucket") throw noBucket(ctx, bucket);
      if (isAbsent(error)) return undefined;
      throw error;
    }),
  ]);
  const etag = bare(remote?.ETag);
  const told = remote?.Metadata?.[SHA256];
  // Without our own mark only the ETag of a plain single PUT says what the content is; when in doubt it is sent.
  const equal = remote?.ContentLength === local.size && (told ? told === local.sha256 : etag === local.md5);
  return {
    file,
    sha256: local.sha256,
    ...(remote && equal ? { same: { etag, size: local.size, versionId: remote.VersionId ?? null } } : {}),
  };
}

/** Content type and encoding that the name tells. */
function typeOf(key: string): { ContentType: string } {
  if (/\.gz$/i.test(key)) return { ContentType: "application/gzip" };
  return { ContentType: /\.json$/i.test(key) ? "application/fhir+json" : "application/fhir+ndjson" };
}

/** Sends one file: a single PUT, or parts for a big one. Answers what S3 calls it. */
export async function send({ ctx, bucket }: RawBucket, compared: Compared): Promise<Remote> {
  const s3 = await ctx.clients.of(s3Client);
  const { file, sha256 } = compared;
  const target = { Bucket: bucket, Key: file.key, Metadata: { [SHA256]: sha256 }, ...typeOf(file.key) };
  try {
    if (file.size <= PART_BYTES) {
      const body = await readFile(file.path);
      // The checksum makes S3 refuse a file that changed since it was read for comparing.
      const answer = await s3.putObject({
        ...target,
        Body: body,
        ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64"),
      });
      return { etag: bare(answer.ETag), size: body.length, versionId: answer.VersionId ?? null };
    }
    const { etag, versionId } = await sendParts(s3, { path: file.path, size: file.size, sha256, target });
    return { etag: bare(etag), size: file.size, versionId };
  } catch (error) {
    if (errorName(error) === "NoSuchBucket") throw noBucket(ctx, bucket);
    if (error instanceof FileChanged || /BadDigest|XAmzContentChecksumMismatch|InvalidDigest/.test(errorName(error)))
      throw new OperateProblem(
        "file_changed",
        `${file.path} changed while it was being sent`,
        command(ctx, "ingest <the same files>"),
        "user",
        file.path,
      );
    throw error;
  }
}
