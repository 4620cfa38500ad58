import type { IncomingMessage } from "node:http";

/** How often each operation was asked for since the start, by service: what a pipeline costs in calls can be read off. */
export class CallCounts {
  readonly #counts = new Map<string, number>();

  /** Counts one request. `service` is that of its signature. */
  count(service: string | undefined, request: IncomingMessage): void {
    const name = `${service ?? "unsigned"} ${operationOf(request)}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** `{"dynamodb Query": 3, "s3 GET": 12, …}` */
  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** The operation where the protocol names it; else the method, with S3's listing told from reading an object. */
function operationOf(request: IncomingMessage): string {
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") return target.slice(target.lastIndexOf(".") + 1);
  const listing = request.method === "GET" && /[?&](list-type|versions|prefix)\b/.test(request.url ?? "");
  return listing ? "LIST" : (request.method ?? "?");
}
