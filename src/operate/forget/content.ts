import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { elementsOf, beginOf, membersOf, type Span } from "./json-text.ts";
import { isGzip, unzipped } from "./gzip.ts";
import { concerns, deletes, type Person, type Resource } from "./person.ts";

/** What a raw file holds, resource by resource, and the file without some of them. Pure. */

/** Content by which it is told whether it is still what was looked at: an ETag need not be its MD5. */
export const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** One resource of a file, or one request of a Bundle to delete something. */
export interface Unit {
  readonly resource: Resource | undefined;
  readonly fullUrl?: unknown;
  /** What a request deletes. */
  readonly deletes?: unknown;
  /** Content that is no JSON, as it stands there. */
  readonly broken?: string;
}

/** A document of a file: the bytes that it stands in, and its units with their places in its text. */
interface Document {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly units: readonly { readonly unit: Unit; readonly span: Span; readonly empty: string }[];
}

const isRecord = (value: unknown): value is Resource =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The text of a file: unzipped where it is zipped, as far as that goes; `unseen` where some of it stays hidden. */
export function opened(bytes: Buffer): { readonly bytes: Buffer; readonly zipped: boolean; readonly unseen: boolean } {
  return isGzip(bytes) ? { ...unzipped(bytes), zipped: true } : { bytes, zipped: false, unseen: false };
}

/** Every unit of a file. */
export function* unitsOf(bytes: Buffer): Generator<Unit> {
  for (const document of documentsOf(bytes)) for (const { unit } of document.units) yield unit;
}

/** Whether a unit is of a person. What is no JSON is, when it holds one of their ids as a word. */
export function isTheirs(person: Person, unit: Unit, words: RegExp): boolean {
  if (unit.broken !== undefined) return words.test(unit.broken);
  if (unit.deletes !== undefined) return deletes(person, unit.deletes);
  return unit.resource !== undefined && concerns(person, unit.resource, unit.fullUrl);
}

/** The ids of patients and what is told of them as words of a text. */
export function wordsOf({ patients, encounters, conditions }: Person): RegExp {
  const all = [...patients, ...encounters, ...conditions].map((id) => id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return all.length === 0 ? /(?!)/ : new RegExp(`(?<![A-Za-z0-9.-])(?:${all.join("|")})(?![A-Za-z0-9-])`);
}

export interface Rewritten {
  /** The file without them; undefined when nothing of it is theirs. */
  readonly bytes: Buffer | undefined;
  readonly theirs: number;
  /** Units of others that stay. */
  readonly others: number;
}

/**
 * A file without what is theirs. Lines and entries keep their numbers, which rows of Bronze are keyed by: a line that goes
 * leaves an empty one, an entry of a Bundle an empty one.
 */
export function without(stored: Buffer, isGone: (unit: Unit) => boolean): Rewritten {
  const { bytes, zipped } = opened(stored);
  const parts: Buffer[] = [];
  let at = 0;
  let theirs = 0;
  let others = 0;
  for (const document of documentsOf(bytes)) {
    const gone = document.units.filter(({ unit }) => isGone(unit));
    theirs += gone.length;
    others += document.units.length - gone.length;
    if (gone.length === 0) continue;
    parts.push(bytes.subarray(at, document.start), Buffer.from(replaced(document.text, gone)));
    at = document.end;
  }
  if (theirs === 0) return { bytes: undefined, theirs, others };
  const whole = Buffer.concat([...parts, bytes.subarray(at)]);
  return { bytes: zipped ? gzipSync(whole) : whole, theirs, others };
}

function replaced(text: string, gone: readonly { readonly span: Span; readonly empty: string }[]): string {
  let out = "";
  let at = 0;
  for (const { span, empty } of gone) {
    const lines = text.slice(span.start, span.end).split("\n").length - 1;
    out += text.slice(at, span.start) + empty + "\n".repeat(lines);
    at = span.end;
  }
  return out + text.slice(at);
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The documents of a file, one a line or over several lines; a line of none is broken. */
export function* documentsOf(bytes: Buffer): Generator<Document> {
  let at = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
  while (at < bytes.length) {
    const end = endOfLine(bytes, at);
    const line = bytes.toString("utf8", at, end);
    if (line.trim() === "") at = end + 1;
    else {
      const alone = parsed(line);
      const found = alone ? { ...alone, end } : longer(bytes, at, end);
      const to = found?.end ?? end;
      const text = bytes.toString("utf8", at, to);
      yield found ? documentOf(at, to, text, found.value) : broken(at, to, text);
      at = to + 1;
    }
  }
}

const endOfLine = (bytes: Buffer, at: number): number => {
  const end = bytes.indexOf(0x0a, at);
  return end < 0 ? bytes.length : end;
};

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** A document over several lines, as far as its brackets go; undefined when it is none. */
function longer(
  bytes: Buffer,
  start: number,
  first: number,
): { readonly value: unknown; readonly end: number } | undefined {
  let depth = 0;
  for (let at = start, end = first; ;) {
    const line = bytes.toString("utf8", at, end);
    if (at > start && /^\s*\{.*"resourceType".*\}\s*$/s.test(line) && parsed(line)) return undefined;
    depth += depthOf(line);
    if (depth <= 0) {
      const found = parsed(bytes.toString("utf8", start, end));
      return found && { ...found, end };
    }
    if (end >= bytes.length) return undefined;
    at = end + 1;
    end = endOfLine(bytes, at);
  }
}

function depthOf(line: string): number {
  let depth = 0;
  let inside = false;
  for (const [token] of line.matchAll(/\\.|["{}[\]]/g)) {
    if (token === '"') inside = !inside;
    else if (inside || token.length > 1) continue;
    else depth += token === "{" || token === "[" ? 1 : -1;
  }
  return depth;
}

const broken = (start: number, end: number, text: string): Document => ({
  start,
  end,
  text,
  units: [{ unit: { resource: undefined, broken: text }, span: { start: 0, end: text.length }, empty: "" }],
});

function documentOf(start: number, end: number, text: string, value: unknown): Document {
  const whole = { start: beginOf(text), end: text.trimEnd().length };
  if (Array.isArray(value))
    return {
      start,
      end,
      text,
      // An element that is no resource would be a broken one.
      units: elementsOf(text, whole.start).map((span, at) => ({
        unit: { resource: isRecord(value[at]) ? value[at] : undefined },
        span,
        empty: '{"resourceType":"Basic"}',
      })),
    };
  if (!isRecord(value)) return broken(start, end, text);
  if (value["resourceType"] === "Bundle") return { start, end, text, units: [...entriesOf(text, whole.start, value)] };
  return { start, end, text, units: [{ unit: { resource: value }, span: whole, empty: "" }] };
}

function* entriesOf(text: string, start: number, bundle: Resource): Generator<Document["units"][number]> {
  const place = membersOf(text, start).get("entry");
  const entries: readonly unknown[] = Array.isArray(bundle["entry"]) ? bundle["entry"] : [];
  if (!place || entries.length === 0) return;
  for (const [at, span] of elementsOf(text, place.start).entries()) {
    const entry = entries[at];
    if (!isRecord(entry)) continue;
    const { resource, request, fullUrl } = entry;
    const inner = isRecord(resource) && resource["resourceType"] === "Bundle" ? resource : undefined;
    const where = inner ? membersOf(text, span.start).get("resource") : undefined;
    if (inner && where) yield* entriesOf(text, where.start, inner);
    else if (isRecord(request) && request["method"] === "DELETE")
      yield { unit: { resource: undefined, deletes: request["url"] ?? "" }, span, empty: "{}" };
    else yield { unit: { resource: isRecord(resource) ? resource : undefined, fullUrl }, span, empty: "{}" };
  }
}
