import { invalidInput } from "./errors.ts";

export interface Page<T> {
  readonly items: T[];
  readonly nextToken?: string;
}

/** A token names the last item given, so pages stay right when items come and go between two calls. */
const encode = (key: string): string => Buffer.from(JSON.stringify({ after: key })).toString("base64url");

function decode(token: string): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null && "after" in value && typeof value.after === "string") {
      return value.after;
    }
  } catch {
    // falls through to the refusal below
  }
  throw invalidInput("Invalid pagination token provided.");
}

/** One page of items sorted by `keyOf` (text order, keys unique). */
export function pageOf<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  request: { MaxResults?: number | undefined; NextToken?: string | undefined },
  defaultSize = 100,
): Page<T> {
  const size = request.MaxResults ?? defaultSize;
  const sorted = [...items].map((item) => ({ key: keyOf(item), item }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const after = request.NextToken ? decode(request.NextToken) : undefined;
  const rest = after === undefined ? sorted : sorted.filter((entry) => entry.key > after);
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  return {
    items: shown.map((entry) => entry.item),
    ...(rest.length > shown.length && last ? { nextToken: encode(last.key) } : {}),
  };
}

/** Newest first: a key for `pageOf` that sorts times downwards. */
export const newestFirst = (seconds: number, id: string): string =>
  `${String(1e16 - Math.round(seconds * 1000)).padStart(17, "0")}/${id}`;
