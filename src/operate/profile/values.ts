import type { Coded } from "./fhir.ts";
import { hashOf } from "./seen.ts";

/** One value of a coded field and how often it occurs. */
export interface ValueCount {
  readonly system: string | null;
  readonly code: string;
  readonly count: number;
}

/** ShownValues of a field that may be shown, the most frequent first, and what is not shown. */
export interface ShownValues {
  readonly shown: readonly ValueCount[];
  /** ShownValues that are not shown: they occur for one person alone, or look like an identifier or a name. */
  readonly hidden: { readonly values: number; readonly count: number };
}

/** Words of hospitals in codes; a value made of these alone tells of nobody. */
const WORDS = new Set(
  `acute admission admit admitted against ambulant ambulanz ambulatory area assisted bed behavioral birth booking care center class clinic community
  critical custodial day daypatient dead died direct discharge discharged ed eden einweisung elective electiv emer emergency encounter er eu ew expired
  exp facility field first follow general geplant health healthcare hom home hospice hospital imp inpatient intensive intermediate left living long maternity
  med medical nb newborn non none normal notfall nursing obs observation of oncology other outpatient pacu pass phone physician planned post psych psychiatric
  ready referral regular rehab rehabilitation related residential room routine same scheduled self semi short skilled snf special stationary stationaer
  stationär statt stay surgery surgical teilstationaer teilstationär term to transfer transitional unit unknown unplanned unscheduled up urgent verlegt
  verstorben virtual visit vollstationaer vollstationär vorstationär nachstationär ward with without advice facilit`.split(
    /\s+/,
  ),
);

/** Codes that HL7 and NUBC define: these tell of nobody either. */
const STANDARD =
  /^(?:https?:\/\/(?:terminology\.)?hl7\.org\/|http:\/\/snomed\.info\/sct|http:\/\/loinc\.org|https?:\/\/(?:www\.)?nubc\.org\/|urn:oid:2\.16\.840\.1\.113883\.)/i;

const IDENTIFIER = /\d{5}|@|[0-9a-f]{8}-[0-9a-f]{4}|^[A-Za-z]{1,3}\d{4,}$|^\d{4}-\d\d|\d\d?[./]\d\d?[./]\d{2}/;
/** `Smith, John`, `Mrs. Smith`, `John Smith`, `JOHN SMITH`. */
const NAME = /^\p{Lu}[\p{L}'-]+,?(?:\s+\p{Lu}[\p{L}.'-]*){1,3}$|\b(?:mr|mrs|ms|dr|prof|herr|frau)\b\.?/iu;
const LONGEST = 60;
/** People behind a value; beyond these nobody asks how many more. */
const ENOUGH = 11;

const isKnown = (code: string): boolean => {
  const words = code.toLowerCase().match(/[\p{L}]+/gu) ?? [];
  return words.length > 0 && words.every((word) => WORDS.has(word)) && !IDENTIFIER.test(code);
};

interface Entry {
  readonly system: string | undefined;
  readonly code: string;
  count: number;
  readonly people: Set<number>;
}

/**
 * Whether a value may be shown: it is a known word or a code of a public system, or more than one person has it and it does not look like an
 * identifier or a name. What looks like a name needs as many people as a count that may be published.
 */
function mayShow({ system, code, people }: Entry): boolean {
  if (code.length > LONGEST || IDENTIFIER.test(code)) return false;
  if (isKnown(code)) return true;
  if (system !== undefined && STANDARD.test(system) && /^[\w-]{1,12}$/.test(code)) return true;
  return people.size >= (NAME.test(code) ? ENOUGH : 2);
}

const URI = /^(?:https?:\/\/[^\s?#@]+|urn:[\w:.-]+|[\w.-]+)$/;
const OID = /^(?:urn:oid:)?\d+(?:\.\d+)+$/i;

/** Whether a URI or OID tells of nobody: no query, no address, no long number, no UUID. */
export const isPublic = (uri: string): boolean =>
  uri.length <= 160 && URI.test(uri) && (OID.test(uri) || !/\d{5}|[0-9a-f]{8}-/i.test(uri));

/** A code system as it may be shown. */
export const shownSystem = (system: string | undefined): string | null =>
  system === undefined ? null : isPublic(system) ? system : "(not shown)";

/** ShownValues of one field with their counts. Keeps a bounded number of different ones. */
export class Counter {
  readonly #entries = new Map<string, Entry>();
  #beyond = 0;

  constructor(readonly most: number = 2_000) {}

  add({ system, code }: Pick<Coded, "system" | "code">, person: string | undefined): void {
    const key = `${system ?? ""}\u0000${code}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      if (this.#entries.size >= this.most) {
        this.#beyond++;
        return;
      }
      entry = { system, code, count: 0, people: new Set() };
      this.#entries.set(key, entry);
    }
    entry.count++;
    if (entry.people.size < ENOUGH && person !== undefined) entry.people.add(hashOf(person));
  }

  /** Whether this code may stand in what is printed. */
  shows = (system: string | undefined, code: string): boolean => {
    const entry = this.#entries.get(`${system ?? ""}\u0000${code}`);
    return entry !== undefined && mayShow(entry);
  };

  values(): ShownValues {
    const all = [...this.#entries.values()];
    const shown = all.filter(mayShow);
    const hidden = all.filter((entry) => !mayShow(entry));
    return {
      shown: shown
        .map(({ system, code, count }) => ({ system: shownSystem(system), code, count }))
        .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
      hidden: {
        values: hidden.length + (this.#beyond > 0 ? 1 : 0),
        count: hidden.reduce((sum, { count }) => sum + count, this.#beyond),
      },
    };
  }
}
