import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

export interface ToSign {
  method?: string;
  /** `http://127.0.0.1:PORT/path?query` */
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  service?: string;
  region?: string;
  keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  at?: Date;
  /** Seconds: the signature goes into the query. */
  expiresIn?: number;
}

export interface SignedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** Node's hashes, in the shape that the signer wants. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Signs a raw request as an SDK does, by the SDK's own signer. */
export async function signed(o: ToSign): Promise<SignedRequest> {
  const url = new URL(o.url);
  const service = o.service ?? "s3";
  const signer = new SignatureV4({
    credentials: o.keys,
    region: o.region ?? "us-east-1",
    service,
    sha256: Sha256,
    applyChecksum: service === "s3",
    uriEscapePath: service !== "s3",
  });
  // As the SDK's own presigner for S3 does.
  const linkOfS3 = service === "s3" && o.expiresIn !== undefined;
  const query: Record<string, string> = Object.fromEntries(url.searchParams);
  const request = {
    method: o.method ?? "GET",
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query,
    headers: { host: url.host, ...(linkOfS3 ? { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : {}), ...o.headers },
    body: o.body,
  };
  const when = o.at === undefined ? {} : { signingDate: o.at };
  const done =
    o.expiresIn === undefined
      ? await signer.sign(request, when)
      : await signer.presign(request, { ...when, expiresIn: o.expiresIn });
  const pairs = Object.entries(done.query ?? {}).map(([name, value]) => {
    const text = String(Array.isArray(value) ? value[0] : value);
    return `${escape(name)}=${escape(text)}`;
  });
  const path = `${done.path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
  return { method: request.method, url: `${url.origin}${path}`, headers: done.headers, body: o.body ?? "" };
}

const escape = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
