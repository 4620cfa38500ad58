import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { CompletedPart, PutObjectCommandInput, S3 } from "@aws-sdk/client-s3";

/** Files up to this size are sent by one PUT. */
export const PART_BYTES = 16 * 1024 * 1024;
/** Parts on their way at a time: so many part sizes of memory, whatever the file's size. */
const IN_FLIGHT = 3;

/** S3 takes 10,000 parts at most. */
const partSize = (size: number): number => Math.max(PART_BYTES, Math.ceil(size / 9_000 / 1_048_576) * 1_048_576);

/** Thrown before anything shows under the key: the file is not the one that was compared. */
export class FileChanged extends Error {}

interface BigFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly target: Pick<PutObjectCommandInput, "Bucket" | "Key" | "Metadata" | "ContentType">;
}

/** The file's parts in order, read one after the other and hashed on the way. */
async function* partsOf(
  file: FileHandle,
  parts: BigFile,
): AsyncGenerator<{ readonly number: number; readonly body: Buffer }> {
  const hash = createHash("sha256");
  const size = partSize(parts.size);
  for (let number = 1, at = 0; at < parts.size; number++) {
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, parts.size - at)),
      position: at,
    });
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
    yield { number, body: buffer.subarray(0, bytesRead) };
  }
  if (hash.digest("hex") !== parts.sha256) throw new FileChanged();
}

/** Sends a big file in parts and puts them together only when all of it is what was compared; else S3 keeps nothing. */
export async function sendParts(
  s3: S3,
  parts: BigFile,
): Promise<{ readonly etag: string; readonly versionId: string | null }> {
  const { Bucket, Key } = parts.target;
  const file = await open(parts.path, "r");
  try {
    const { UploadId } = await s3.createMultipartUpload(parts.target);
    try {
      const done: CompletedPart[] = [];
      const failures: unknown[] = [];
      const flying = new Set<Promise<void>>();
      for await (const { number, body } of partsOf(file, parts)) {
        const flight: Promise<void> = s3
          .uploadPart({ Bucket, Key, UploadId, PartNumber: number, Body: body })
          .then(
            ({ ETag }) => void done.push({ PartNumber: number, ETag }),
            (error: unknown) => void failures.push(error),
          )
          .finally(() => flying.delete(flight));
        flying.add(flight);
        if (flying.size >= IN_FLIGHT) await Promise.race(flying);
        if (failures.length > 0) break;
      }
      await Promise.all(flying);
      if (failures.length > 0) throw failures[0];
      const Parts = done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
      const { ETag, VersionId } = await s3.completeMultipartUpload({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts },
      });
      return { etag: ETag ?? "", versionId: VersionId ?? null };
    } catch (error) {
      // The first failure is what to tell; parts that stay are swept by the bucket's lifecycle.
      await s3.abortMultipartUpload({ Bucket, Key, UploadId }).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}
