/** FHIR text to resources: NDJSON, Bundles, arrays, pretty-printed JSON, told apart by content. Memory is bounded by one resource. */

/** What a text holds, one after the other. */
export type Piece =
  | { readonly kind: "resource"; readonly value: Readonly<Record<string, unknown>>; readonly id: string | undefined }
  | { readonly kind: "deletion" }
  | { readonly kind: "broken" };

/** Characters of one resource; what is longer is counted as broken. */
const LONGEST = 256 * 1024 * 1024;
const NESTED = 8;
const HEAD = 65_536;
const BUNDLE = /"resourceType"\s*:\s*"Bundle"|"entry"\s*:\s*\[\s*\{/;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value).trim() || undefined : undefined;

/** Of an entry without an id the one of its fullUrl: so a transaction names what is new. */
function idOf(resource: Readonly<Record<string, unknown>>, fullUrl: unknown): string | undefined {
  const urn = typeof fullUrl === "string" && fullUrl.startsWith("urn:uuid:") ? fullUrl.slice(9).trim() : "";
  return textOf(resource["id"]) ?? (urn || undefined);
}

/** The pieces of a parsed value: a resource, an entry of a Bundle, a Bundle, an array. */
function* piecesOf(value: unknown, fullUrl?: unknown, depth = 0): Generator<Piece> {
  if (Array.isArray(value)) for (const one of value) yield* piecesOf(one, undefined, depth + 1);
  else if (!isRecord(value)) yield { kind: "broken" };
  else if (value["resourceType"] === "Bundle" && depth < NESTED) {
    const entries = value["entry"];
    for (const entry of Array.isArray(entries) ? entries : []) yield* entryOf(entry, depth + 1);
  } else if (typeof value["resourceType"] === "string") yield { kind: "resource", value, id: idOf(value, fullUrl) };
  else yield { kind: "broken" };
}

function* entryOf(entry: unknown, depth: number): Generator<Piece> {
  if (!isRecord(entry)) yield { kind: "broken" };
  else if (entry["resource"] !== undefined) yield* piecesOf(entry["resource"], entry["fullUrl"], depth);
  else if (isRecord(entry["request"]) && entry["request"]["method"] === "DELETE") yield { kind: "deletion" };
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
/** `{` and `[`, `}` and `]`. */
const opens = (code: number): boolean => code === 123 || code === 91;
const closes = (code: number): boolean => code === 125 || code === 93;
const START = '{"resourceType"';

/** Takes a text piece by piece, and gives what is complete. */
export class Documents {
  #text = "";
  /** Next character to look at. */
  #at = 0;
  /** Where the document begins; -1 between documents. */
  #start = -1;
  #depth = 0;
  #inside = false;
  /** Level of the elements of the document's long list: 2 in a Bundle, 1 in an array. */
  #level = 2;
  #element = -1;
  /** The document is too long to be held: its elements are given one by one. */
  #streaming = false;
  readonly #most: number;

  /** @param most characters of a document that are held whole; a longer Bundle is read entry by entry. */
  constructor(most: number = 16 * 1024 * 1024) {
    this.#most = most;
  }

  /** Feeds more text. */
  *feed(more: string): Generator<Piece> {
    this.#text += more;
    const text = this.#text;
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (this.#inside) {
        if (code === BACKSLASH) this.#at++;
        else if (code === QUOTE) this.#inside = false;
        else if (code === NEWLINE) yield* this.#cutOff(); // JSON has no line end in a string: the line was cut off
      } else if (code === QUOTE) this.#inside = this.#start >= 0;
      else if (opens(code)) this.#open(code);
      else if (closes(code)) yield* this.#close();
      else if (code === NEWLINE && this.#start >= 0 && text.startsWith(START, this.#at + 1)) yield* this.#newLine();
    }
    yield* this.#shorten();
  }

  #open(code: number): void {
    if (this.#start < 0) {
      this.#start = this.#at;
      this.#level = code === 91 ? 1 : 2;
    } else if (this.#depth === this.#level && code === 123) this.#element = this.#at;
    this.#depth++;
  }

  *#close(): Generator<Piece> {
    if (this.#start < 0) return;
    this.#depth--;
    if (this.#depth === this.#level && this.#element >= 0 && this.#streaming) yield* this.#oneElement();
    if (this.#depth > 0) return;
    if (!this.#streaming) yield* this.#whole(this.#text.slice(this.#start, this.#at + 1));
    this.#reset();
  }

  *#whole(text: string): Generator<Piece> {
    const found = parsed(text);
    if (found) yield* piecesOf(found.value);
    else yield { kind: "broken" };
  }

  /** An element of a list that is not held: an entry of a Bundle, or a resource of an array. */
  *#oneElement(): Generator<Piece> {
    const found = parsed(this.#text.slice(this.#element, this.#at + 1));
    this.#element = -1;
    if (!found || !isRecord(found.value)) return;
    if (this.#level === 1) yield* piecesOf(found.value);
    else if ("resource" in found.value || "request" in found.value) yield* entryOf(found.value, 1);
  }

  /** A line that ends inside a string. */
  *#cutOff(): Generator<Piece> {
    yield { kind: "broken" };
    this.#reset();
  }

  /** A resource begins on a new line while another one is open: in a list it may, after a line that was cut off it does. */
  *#newLine(): Generator<Piece> {
    const before = this.#text.slice(this.#start, this.#at).trimEnd().at(-1);
    if (before === "," && this.#depth === this.#level) return;
    if (before === "[" || before === ":") return;
    yield* this.#cutOff();
  }

  #reset(): void {
    this.#start = this.#element = -1;
    this.#depth = 0;
    this.#inside = this.#streaming = false;
  }

  /** After each feed: what has been read is let go, and of a document that is too long all but the element at hand. */
  *#shorten(): Generator<Piece> {
    if (this.#start >= 0 && !this.#streaming && this.#at - this.#start > this.#most && this.#hasElements())
      yield* this.#stream();
    let from = this.#start < 0 ? this.#at : this.#start;
    if (this.#streaming) from = this.#element >= 0 ? this.#element : this.#at;
    if (this.#at - from > LONGEST) {
      yield { kind: "broken" };
      this.#element = -1;
      from = this.#at;
    }
    // The character behind a backslash may still be on its way.
    from = Math.min(from, this.#text.length);
    this.#text = this.#text.slice(from);
    this.#at -= from;
    if (this.#start >= 0) this.#start = Math.max(0, this.#start - from);
    if (this.#element >= 0) this.#element -= from;
  }

  /** Whether the document is a list of resources, as far as its beginning tells. */
  #hasElements = (): boolean => this.#level === 1 || BUNDLE.test(this.#text.slice(this.#start, this.#start + HEAD));

  /** From now on entry by entry: what is held so far is read again, without the end that it lacks. */
  *#stream(): Generator<Piece> {
    const held = this.#text.slice(this.#start, this.#at);
    const again = new Documents();
    again.#streaming = true;
    again.#level = this.#level;
    for (again.#text = held, again.#at = 0; again.#at < held.length; again.#at++) {
      const code = held.charCodeAt(again.#at);
      if (again.#inside) {
        if (code === BACKSLASH) again.#at++;
        else if (code === QUOTE) again.#inside = false;
      } else if (code === QUOTE) again.#inside = true;
      else if (opens(code)) again.#open(code);
      else if (closes(code)) yield* again.#close();
    }
    this.#streaming = true;
    this.#element = again.#element < 0 ? -1 : this.#start + again.#element;
  }

  /** The end of the text. A document that is still open is broken; lines after its first may be whole. */
  *end(): Generator<Piece> {
    if (this.#start < 0) return;
    const [, ...lines] = this.#streaming ? [] : this.#text.slice(this.#start).split("\n");
    yield { kind: "broken" };
    for (const line of lines) {
      const found = line.startsWith("{") ? parsed(line) : undefined;
      if (found) yield* piecesOf(found.value);
    }
    this.#reset();
  }
}
