import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { Refused } from "./refusals.ts";
import { equal } from "./sigv4.ts";

/** Judges a body while it passes; throws as soon as it is wrong. */
export interface BodyCheck {
  update(part: Buffer): void;
  end(): void;
}

/** The SHA-256 that the signature covers must be that of the body. */
export class HashCheck implements BodyCheck {
  readonly #hash = createHash("sha256");
  readonly #right: string;

  constructor(right: string) {
    this.#right = right;
  }

  update(part: Buffer): void {
    this.#hash.update(part);
  }

  end(): void {
    if (!equal(this.#hash.digest("hex"), this.#right)) throw new Refused("badHash");
  }
}

/** A body whose content nothing signs. */
export const NO_CHECK: BodyCheck = { update: () => undefined, end: () => undefined };

/**
 * Hands a body on as it comes, but keeps its last part back until all of it is known to be right: the emulator behind
 * never sees a whole request that is wrong. It holds one part in memory, never the body.
 */
export class HeldBack extends Transform {
  readonly #check: BodyCheck;
  readonly #limit: number;
  #last: Buffer | undefined;
  #size = 0;

  constructor(check: BodyCheck, limit: number) {
    super();
    this.#check = check;
    this.#limit = limit;
  }

  override _transform(part: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#size += part.length;
    try {
      if (this.#size > this.#limit) throw new Refused("tooLarge");
      this.#check.update(part);
    } catch (error) {
      done(asError(error));
      return;
    }
    if (this.#last) this.push(this.#last);
    this.#last = part;
    done();
  }

  override _flush(done: TransformCallback): void {
    try {
      this.#check.end();
    } catch (error) {
      done(asError(error));
      return;
    }
    done(null, this.#last);
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
