import type { IncomingMessage } from "node:http";

/** The headers of a request as they came: names in lower case, every value of a repeated one, bytes as latin1. */
export class RawHeaders {
  readonly #values = new Map<string, string[]>();
  readonly count: number;

  constructor(raw: readonly string[]) {
    this.count = raw.length / 2;
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = (raw[i] ?? "").toLowerCase();
      const values = this.#values.get(name);
      if (values) values.push(raw[i + 1] ?? "");
      else this.#values.set(name, [raw[i + 1] ?? ""]);
    }
  }

  static of(request: Pick<IncomingMessage, "rawHeaders">): RawHeaders {
    return new RawHeaders(request.rawHeaders);
  }

  /** The first value. Headers that matter here come once only (see `repeated`). */
  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]?.trim();
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  /** A header that came twice although two of it would be read differently by different readers. */
  repeated(): string | undefined {
    return SINGLE.find((name) => this.all(name).length > 1);
  }
}

const SINGLE = [
  "authorization",
  "host",
  "date",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "x-amz-target",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
  "content-type",
  "content-length",
  "transfer-encoding",
  "origin",
  "expect",
];
