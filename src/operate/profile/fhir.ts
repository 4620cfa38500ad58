/** What a profile reads out of a resource, as the jobs read it (docs/measures.md K2, T1 to T3). */

export type Json = Readonly<Record<string, unknown>>;

export interface Coded {
  readonly system: string | undefined;
  readonly code: string;
  /** What stands beside the code for people. Never shown, only looked at for words. */
  readonly words: string;
}

export const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const list = (value: unknown): readonly unknown[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

export const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value).trim() || undefined : undefined;

/** Codes of a Coding, a CodeableConcept, a bare code, or a list of these. */
export function codings(value: unknown): Coded[] {
  return list(value).flatMap((item): Coded[] => {
    const bare = typeof item === "string" ? text(item) : undefined;
    if (bare !== undefined) return [{ system: undefined, code: bare, words: "" }];
    const concept = objectOf(item);
    return [concept, ...list(concept["coding"]).map(objectOf)].flatMap((coding) => {
      const code = text(coding["code"]);
      const words = [text(coding["display"]), text(concept["text"])].filter((one) => one !== undefined).join(" ");
      return code === undefined ? [] : [{ system: text(coding["system"]), code, words }];
    });
  });
}

/** Texts of concepts that have no code at all: the disposition is read by them. */
export const textsOf = (value: unknown): Coded[] =>
  codings(value).length > 0
    ? []
    : list(value).flatMap((item) => {
        const found = text(objectOf(item)["text"]);
        return found === undefined ? [] : [{ system: undefined, code: found, words: "" }];
      });

interface Reference {
  readonly form: string;
  readonly id: string | undefined;
}

/** How a reference is written, and the id behind it; undefined where there is none. */
export function referenceOf(value: unknown, kind: string): Reference | undefined {
  const written = text(objectOf(value)["reference"]);
  if (written === undefined)
    return Object.keys(objectOf(value)).length > 0 ? { form: "identifier or text alone", id: undefined } : undefined;
  if (written.startsWith("#")) return { form: "contained", id: undefined };
  if (/^urn:/i.test(written))
    return { form: "urn:uuid", id: /^urn:uuid:/i.test(written) ? written.slice(9).trim() || undefined : undefined };
  if (written.includes("?")) return { form: "search", id: searched(written, kind) };
  const parts = (written.split("#", 1)[0] ?? "").split("/").filter(Boolean);
  const bare = parts.length >= 4 && parts.at(-2) === "_history" ? parts.slice(0, -2) : parts;
  const id = bare.length >= 2 && bare.at(-2) === kind ? bare.at(-1) : undefined;
  return { form: /^https?:/i.test(written) ? "URL" : id === undefined ? "another type" : `${kind}/id`, id };
}

function searched(written: string, kind: string): string | undefined {
  const [base = "", query = ""] = written.split("?");
  if (base.replace(/\/+$/, "").split("/").at(-1) !== kind) return undefined;
  const identifier = /^identifier=([^&]*)/.exec(query)?.[1];
  return identifier === undefined ? undefined : identifier.split("|").at(-1)?.trim() || undefined;
}

export type Precision = "offset" | "no offset" | "date" | "partial" | "malformed";

export interface Moment {
  readonly precision: Precision;
  /** The date as it is written: by the clock that its offset tells. */
  readonly date: string;
  /** Instant in milliseconds; only with an offset. */
  readonly at?: number;
  readonly offset?: string;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)?)?$/;

const realDay = (date: string): boolean => {
  const at = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
};

/** A FHIR dateTime; undefined where there is none. */
export function writtenTime(value: unknown): Moment | undefined {
  const written = text(value);
  if (written === undefined) return undefined;
  if (/^\d{4}(-\d\d)?$/.test(written)) return { precision: "partial", date: written };
  const match = TIME.exec(written);
  const date = written.slice(0, 10);
  if (!match || !realDay(date)) return { precision: "malformed", date: "" };
  if (match[4] === undefined) return { precision: "date", date };
  const zone = match[7]?.toUpperCase();
  if (zone === undefined) return { precision: "no offset", date };
  const offset = zone === "Z" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const at = Date.parse(`${date}T${match[4]}:${match[5]}:${match[6] ?? "00"}${offset}`);
  return Number.isNaN(at) ? { precision: "malformed", date: "" } : { precision: "offset", date, at, offset };
}

/** Nights from one written date to another. */
export const nightsBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

export type DispositionKind = "expired" | "ama" | "transfer_acute" | "other";

const KINDS: readonly (readonly [DispositionKind, ReadonlySet<string>])[] = [
  ["expired", new Set(["exp", "20", "40", "41", "42", "died", "expired"])],
  ["ama", new Set(["aadvice", "7", "against advice"])],
  ["transfer_acute", new Set(["other-hcf", "2", "5", "43", "66", "82", "85", "88", "94", "acute hospital"])],
];

/** What the jobs make of a disposition (docs/measures.md K3). */
export function dispositionKind(code: string): DispositionKind {
  const word = code.toLowerCase().replace(/^0+/, "");
  return KINDS.find(([, words]) => words.has(word))?.[0] ?? "other";
}
