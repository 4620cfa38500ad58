import { createHash, type Hash } from "node:crypto";
import type { BodyCheck } from "./body.ts";
import { Refused } from "./refusals.ts";
import { equal, hmac, sha256 } from "./sigv4.ts";

/** What the chunks of one body are held against. */
export interface ChunkRules {
  /** Each chunk bears a signature that goes on from the one before; without it only the framing is checked. */
  readonly signed?: { key: Buffer; stamp: string; scope: string; seed: string } | undefined;
  /** Names that `x-amz-trailer` announces. */
  readonly trailers: readonly string[];
  /** `x-amz-decoded-content-length` */
  readonly length: number;
}

const EMPTY = sha256("");
const LONGEST_LINE = 2048;
const TRAILER_SIGNATURE = "x-amz-trailer-signature";

/**
 * Checks a body of `aws-chunked`: `<size>[;chunk-signature=<hex>]`, the data, and so on to a chunk of no size, and then
 * the trailers with a signature of their own. (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html)
 */
export class ChunkCheck implements BodyCheck {
  readonly #rules: ChunkRules;
  #state: "size" | "data" | "newline" | "trailers" | "over" = "size";
  #line = "";
  #left = 0;
  #decoded = 0;
  #hash: Hash = createHash("sha256");
  #signature = "";
  #before: string;
  readonly #trailers = new Map<string, string>();

  constructor(rules: ChunkRules) {
    this.#rules = rules;
    this.#before = rules.signed?.seed ?? "";
  }

  update(part: Buffer): void {
    let at = 0;
    while (at < part.length) at = this.#state === "data" ? this.#data(part, at) : this.#text(part, at);
  }

  end(): void {
    // The line that ends the trailers may lack its own end.
    if (this.#state === "trailers" && this.#line !== "") this.#trailer(this.#line);
    if (this.#state !== "over" && this.#state !== "trailers") throw new Refused("badBody");
    if (this.#decoded !== this.#rules.length) throw new Refused("badBody");
    const { trailers, signed } = this.#rules;
    const given = [...this.#trailers.keys()].filter((name) => name !== TRAILER_SIGNATURE);
    if (given.toSorted().join() !== trailers.toSorted().join()) throw new Refused("badBody");
    if (signed && trailers.length > 0) this.#verifyTrailers(signed);
  }

  #data(part: Buffer, at: number): number {
    const end = Math.min(part.length, at + this.#left);
    if (this.#rules.signed) this.#hash.update(part.subarray(at, end));
    this.#left -= end - at;
    this.#decoded += end - at;
    if (this.#left === 0) {
      this.#verifyChunk();
      this.#state = "newline";
    }
    return end;
  }

  /** Reads up to the end of a line; whole lines go on to `#whole`. */
  #text(part: Buffer, at: number): number {
    if (this.#state === "over") throw new Refused("badBody");
    const end = part.indexOf(10, at);
    this.#line += part.toString("latin1", at, end < 0 ? part.length : end);
    if (this.#line.length > LONGEST_LINE) throw new Refused("badBody");
    if (end < 0) return part.length;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#whole(line);
    return end + 1;
  }

  #whole(line: string): void {
    if (this.#state === "size") this.#size(line);
    else if (this.#state === "trailers") {
      if (line === "") this.#state = "over";
      else this.#trailer(line);
    } else {
      if (line !== "") throw new Refused("badBody");
      this.#state = "size";
    }
  }

  #size(line: string): void {
    const parts = /^([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (!parts || (parts[2] !== undefined) !== (this.#rules.signed !== undefined)) throw new Refused("badBody");
    this.#left = Number.parseInt(parts[1] ?? "", 16);
    this.#signature = parts[2] ?? "";
    if (this.#decoded + this.#left > this.#rules.length) throw new Refused("badBody");
    if (this.#left > 0) this.#state = "data";
    else {
      this.#verifyChunk();
      this.#state = "trailers";
    }
  }

  #trailer(line: string): void {
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim().toLowerCase();
    if (at < 1 || this.#trailers.has(name) || this.#trailers.size > 8) throw new Refused("badBody");
    this.#trailers.set(name, line.slice(at + 1).trim());
  }

  #verifyChunk(): void {
    const { signed } = this.#rules;
    if (!signed) return;
    const hash = this.#hash.digest("hex");
    this.#hash = createHash("sha256");
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", signed.stamp, signed.scope, this.#before, EMPTY, hash].join("\n");
    this.#next(signed.key, text, this.#signature);
  }

  #verifyTrailers(signed: { key: Buffer; stamp: string; scope: string }): void {
    const lines = [...this.#trailers].filter(([name]) => name !== TRAILER_SIGNATURE);
    const hash = sha256(Buffer.from(lines.map(([name, value]) => `${name}:${value}\n`).join(""), "latin1"));
    const text = ["AWS4-HMAC-SHA256-TRAILER", signed.stamp, signed.scope, this.#before, hash].join("\n");
    this.#next(signed.key, text, this.#trailers.get(TRAILER_SIGNATURE) ?? "");
  }

  #next(key: Buffer, text: string, given: string): void {
    const right = hmac(key, text).toString("hex");
    if (!equal(right, given)) throw new Refused("badSignature");
    this.#before = right;
  }
}
