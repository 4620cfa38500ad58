import type { RawHeaders } from "./headers.ts";
import { Refused } from "./refusals.ts";
import type { Target } from "./target.ts";

const METHODS = new Set(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]);
/** More than any SDK sends; S3 itself takes 8 KB of headers and 2 KB of metadata. */
const MOST_HEADERS = 200;

/**
 * What a request may say about its connection. A proxy takes away whatever else is named there: a `Connection:
 * content-length` would make of a signed request's body a second request, which nobody has signed.
 */
const CONNECTION = /^(\s*(keep-alive|close|te)\s*(,|$))*$/i;

/** What is known of a request before anybody asks who signed it. */
export interface Visit {
  readonly method: string;
  readonly target: Target | undefined;
  readonly headers: RawHeaders;
}

/**
 * Refuses what no SDK sends but a web page can make a browser send: preflights, pages of other sites, names that were
 * made to point to loopback (DNS rebinding). A link that somebody opens himself (`Sec-Fetch-Site: none`) is no stranger's.
 */
export function refuseStrangers({ method, target, headers }: Visit, port: number): void {
  if (!isOurHost(headers.get("host"))) throw new Refused("host");
  if (method === "OPTIONS") throw new Refused("stranger");
  if (!METHODS.has(method)) throw new Refused("method");
  if (target === undefined) throw new Refused("badRequest");
  const origin = headers.get("origin");
  if (origin !== undefined && !isOurOrigin(origin, port)) throw new Refused("stranger");
  const site = headers.all("sec-fetch-site");
  // Node's own fetch says `Sec-Fetch-Mode: cors` and no site; a browser always says the site too.
  if (!site.every((value) => value === "none" || value === "same-origin")) throw new Refused("stranger");
  if (headers.count > MOST_HEADERS) throw new Refused("badRequest", "The request has too many headers.");
  if (!headers.all("connection").every((value) => CONNECTION.test(value)))
    throw new Refused("badRequest", "The header Connection may say keep-alive, close or te.");
  const twice = headers.repeated();
  if (twice !== undefined) throw new Refused("badRequest", `The header ${twice} is there twice.`);
}

/**
 * Loopback by its own names; `bucket.localhost` is how SDKs address a bucket, and no name server answers for it. Any port: a
 * forwarded one or a proxy on this machine passes on the name that its caller has signed for.
 */
function isOurHost(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\]|[a-z0-9][a-z0-9.-]*\.localhost)(:\d{1,5})?$/i.test(host ?? "");
}

function isOurOrigin(origin: string, port: number): boolean {
  const host = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/.exec(origin);
  return host !== null && Number(host[2] ?? 80) === port;
}
