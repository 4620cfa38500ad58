import { createHash } from "node:crypto";
import type { Content } from "../../engine/types.ts";

/** Lower-case hex. */
export const sha256Hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** As Lambda and S3's checksum header write it. */
export const sha256Base64 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

/** As S3's ETag is, of what was put in one piece and not encrypted with a key. Undefined where Node is not let (FIPS). */
export function md5Hex(bytes: Uint8Array): string | undefined {
  try {
    return createHash("md5").update(bytes).digest("hex");
  } catch {
    return undefined;
  }
}

export const hexToBase64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
export const base64ToHex = (base64: string): string => Buffer.from(base64, "base64").toString("hex");

/** A source that no longer holds what was planned. */
export class ContentChanged extends Error {
  /** As on the SDK\'s own errors: what it says is for the user. */
  readonly $fault = "client";
  override readonly name = "ContentChanged";
  constructor(readonly sha256: string) {
    super("the file changed after the plan was made; run the command again");
  }
}

/** The bytes that go with a resource, checked once more against the SHA-256 (hex) that was planned. */
export async function bytesOf(content: Content | undefined, sha256: string): Promise<Uint8Array> {
  if (!content) throw new Error(`nobody says where the bytes of sha256 ${sha256} come from`);
  const bytes = await content.load();
  if (sha256Hex(bytes) !== sha256) throw new ContentChanged(sha256);
  return bytes;
}
