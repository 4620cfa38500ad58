import { type Coded, nightsBetween } from "./fhir.ts";
import { hashOf } from "./seen.ts";

/** What the encounters of one class do: the ground on which it is told apart from others. */
export interface ClassFacts {
  readonly system: string | undefined;
  readonly code: string;
  count: number;
  /** Finished ones with start and end that are no part of another encounter. */
  closed: number;
  /** Of `closed`, by nights: none, one, two and more. */
  readonly nights: [number, number, number];
  /** Of `closed`, those of more than 60 nights: series and episodes rather than stays. */
  long: number;
  /** Part of another encounter. */
  parts: number;
  withDisposition: number;
  /** What their text says, by number of encounters. */
  inpatientWords: number;
  outpatientWords: number;
  observationWords: number;
  admissionWords: number;
}

const OUTPATIENT =
  /out-?patient|ambulan|ambulat|clinic visit|office|day ?(?:case|patient|clinic)|tagesklinik|teilstation|vorstation|nachstation|vor- und nach|virtual|tele(?:phone|health)|home health/i;
const OBSERVATION = /observation|\bobs\b|obsenc/i;
const ADMISSION = /(?<!pre-?)(?:\badmit|\badmission|\baufnahme|hospital stay)/i;
const INPATIENT =
  /in-?patient|(?:^|[^\p{L}])(?:voll)?station(?:är|aer|ary)|hospitali[sz]|hospitaliz|opname|ricover|internaci|hospitalisation/iu;

const fresh = ({ system, code }: Coded): ClassFacts => ({
  system,
  code,
  count: 0,
  closed: 0,
  nights: [0, 0, 0],
  long: 0,
  parts: 0,
  withDisposition: 0,
  inpatientWords: 0,
  outpatientWords: 0,
  observationWords: 0,
  admissionWords: 0,
});

/** What is needed of one encounter. */
export interface EncounterFacts {
  readonly classes: readonly Coded[];
  readonly finished: boolean;
  /** Written dates of start and end. */
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly partOf: boolean;
  readonly withDisposition: boolean;
  readonly patient: string | undefined;
}

/** Different sets of classes that are told apart, at most. */
const MOST = 2_000;

/** Encounters by class, and by the set of their classes: an R5 encounter may have several. */
export class Classes {
  readonly facts = new Map<string, ClassFacts>();
  readonly #sets = new Map<string, { codes: readonly string[]; stays: number; disposed: number; all: number }>();

  add(encounter: EncounterFacts): void {
    const { classes, start, end, finished, partOf } = encounter;
    const nights = finished && start && end ? nightsBetween(start, end) : undefined;
    for (const coded of new Map(classes.map((one) => [`${one.system}|${one.code.toUpperCase()}`, one])).values()) {
      const facts = this.#factsOf(coded);
      if (!facts) continue;
      facts.count++;
      if (partOf) facts.parts++;
      if (encounter.withDisposition) facts.withDisposition++;
      const words = `${coded.code} ${coded.words}`;
      if (ADMISSION.test(words)) facts.admissionWords++;
      if (OUTPATIENT.test(words)) facts.outpatientWords++;
      else if (OBSERVATION.test(words)) facts.observationWords++;
      else if (INPATIENT.test(words)) facts.inpatientWords++;
      if (nights === undefined || nights < 0 || partOf) continue;
      facts.closed++;
      facts.nights[nights >= 2 ? 2 : nights === 1 ? 1 : 0]++;
      if (nights > 60) facts.long++;
    }
    const codes = [...new Set(classes.map(({ code }) => code.toUpperCase()))].toSorted();
    const set = this.#setOf(codes);
    if (!set) return;
    set.all++;
    if (nights === undefined || nights < 0 || partOf) return;
    set.stays++;
    if (encounter.withDisposition) set.disposed++;
  }

  #factsOf(coded: Coded): ClassFacts | undefined {
    const key = `${coded.system ?? ""}\u0000${coded.code.toUpperCase()}`;
    const found = this.facts.get(key) ?? (this.facts.size < MOST ? fresh(coded) : undefined);
    if (found) this.facts.set(key, found);
    return found;
  }

  #setOf(codes: readonly string[]) {
    const key = codes.length > 8 ? String(hashOf(codes.join())) : codes.join("\u0000");
    const found =
      this.#sets.get(key) ?? (this.#sets.size < MOST ? { codes, stays: 0, disposed: 0, all: 0 } : undefined);
    if (found) this.#sets.set(key, found);
    return found;
  }

  /** Under these classes: encounters that they take, those that would be discharges of stays, and those with a disposition. */
  under(classes: readonly string[]): { taken: number; discharges: number; disposed: number } {
    const wanted = new Set(classes.map((code) => code.toUpperCase()));
    const sum = { taken: 0, discharges: 0, disposed: 0 };
    for (const { codes, stays, disposed, all } of this.#sets.values()) {
      if (!codes.some((code) => wanted.has(code))) continue;
      sum.taken += all;
      sum.discharges += stays;
      sum.disposed += disposed;
    }
    return sum;
  }
}
