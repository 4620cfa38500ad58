import { createHash, createHmac } from "node:crypto";

const hmac = (key: Buffer | string, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");

/** The key that AWS derives, written down once more. */
export const derived = (secret: string, date: string, region: string): Buffer =>
  ["aws4_request"].reduce(hmac, hmac(hmac(hmac(`AWS4${secret}`, date), region), "s3"));

export interface Chunked {
  secret: string;
  /** `X-Amz-Date` and the signature of the request: the chunks go on from it. */
  stamp: string;
  seed: string;
  chunks: Buffer[];
  trailers?: Record<string, string>;
}

/** A body as the Java SDK v1 (and S3A with it) sends it: each chunk signed, and the trailers too. */
export function chunked({ secret, stamp, seed, chunks, trailers }: Chunked): Buffer {
  const date = stamp.slice(0, 8);
  const key = derived(secret, date, "us-east-1");
  const head = (kind: string): string => `AWS4-HMAC-SHA256-${kind}\n${stamp}\n${date}/us-east-1/s3/aws4_request\n`;
  let before = seed;
  const parts: Buffer[] = [];
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    before = hmac(key, `${head("PAYLOAD")}${before}\n${sha256("")}\n${sha256(chunk)}`).toString("hex");
    parts.push(Buffer.from(`${chunk.length.toString(16)};chunk-signature=${before}\r\n`), chunk);
    if (chunk.length > 0 || trailers === undefined) parts.push(Buffer.from("\r\n"));
  }
  if (trailers) {
    const lines = Object.entries(trailers);
    const hash = sha256(lines.map(([name, value]) => `${name}:${value}\n`).join(""));
    const last = hmac(key, `${head("TRAILER")}${before}\n${hash}`).toString("hex");
    const text = [...lines, ["x-amz-trailer-signature", last]].map(([name, value]) => `${name}:${value}\r\n`).join("");
    parts.push(Buffer.from(`${text}\r\n`));
  }
  return Buffer.concat(parts);
}
