import type { RawHeaders } from "./headers.ts";

/** The path and the query of a request, as they came. */
export interface Target {
  /** Still percent-encoded. */
  readonly path: string;
  /** Decoded names and values, in their order; bytes as latin1. */
  readonly query: [string, string][];
  /** The raw pairs, for signatures of version 2. */
  readonly rawQuery: string;
}

/** Reads a request's target; undefined for anything but a path (`*`, `http://elsewhere/…`). */
export function targetOf(url: string | undefined): Target | undefined {
  if (!url?.startsWith("/") || url.includes("#")) return undefined;
  const at = url.indexOf("?");
  const rawQuery = at < 0 ? "" : url.slice(at + 1);
  return { path: at < 0 ? url : url.slice(0, at), query: pairsOf(rawQuery), rawQuery };
}

/** A `+` is a space: so the emulator behind reads it too. */
function pairsOf(query: string): [string, string][] {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
      return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))];
    });
}

/** Percent-decodes to bytes (held as latin1); what is no escape stays as it is. */
export const decode = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Percent-encodes bytes (held as latin1) as RFC 3986 and AWS have it. */
export const encode = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-._~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

const encodePath = (path: string): string => path.split("/").map(encode).join("/");

/**
 * S3 encodes a key once and takes its path as it is: signers sign what they send, or what they would have sent had they
 * encoded all of it (a `+`). The other services take away dots and double slashes and encode again.
 */
export function canonicalPaths(path: string, service: string): string[] {
  if (service === "s3" || service === "s3express") return [...new Set([path, encodePath(decode(path))])];
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  const end = kept.length > 0 && path.endsWith("/") ? "/" : "";
  return [encodePath(`/${kept.join("/")}${end}`)];
}

/** Sorted by name, then by value, both encoded. */
export function canonicalQuery(query: readonly [string, string][], without?: string): string {
  return query
    .filter(([name]) => name !== without)
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Values of repeated headers joined, outer blanks gone, inner ones one. */
export function canonicalHeaders(headers: RawHeaders, signed: readonly string[]): string {
  const line = (name: string): string =>
    `${name}:${headers
      .all(name)
      .map((value) => value.trim().replace(/[ \t]+/g, " "))
      .join(",")}\n`;
  return signed.map(line).join("");
}
