import { createHash } from "node:crypto";
import type { AwsContext } from "../../aws/context.ts";

/**
 * Bytes of objects and function code, found by their SHA-256: a plan compares hashes, and only the call that sends the
 * bytes asks for them. Whoever makes the desired state provides them.
 */
const contents = new WeakMap<AwsContext, Map<string, () => Promise<Uint8Array>>>();

/** Lower-case hex. */
export const sha256Hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** As Lambda and S3's checksum header write it. */
export const sha256Base64 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

export const hexToBase64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
export const base64ToHex = (base64: string): string => Buffer.from(base64, "base64").toString("hex");

/** Says where the bytes with this SHA-256 (hex) come from. Called again for the same hash it changes nothing. */
export function provideContent(ctx: AwsContext, sha256: string, load: () => Promise<Uint8Array>): void {
  const known = contents.get(ctx) ?? new Map<string, () => Promise<Uint8Array>>();
  if (!known.has(sha256)) known.set(sha256, load);
  contents.set(ctx, known);
}

/** A source that no longer holds what was planned. */
export class ContentChanged extends Error {
  /** As on the SDK\'s own errors: what it says is for the user. */
  readonly $fault = "client";
  override readonly name = "ContentChanged";
  constructor(readonly sha256: string) {
    super("the file changed after the plan was made; run the command again");
  }
}

/** The bytes with this SHA-256 (hex), checked once more. */
export async function contentOf(ctx: AwsContext, sha256: string): Promise<Uint8Array> {
  const load = contents.get(ctx)?.get(sha256);
  if (!load) throw new Error(`no content was provided for sha256 ${sha256}`);
  const bytes = await load();
  if (sha256Hex(bytes) !== sha256) throw new ContentChanged(sha256);
  return bytes;
}
