import type { Coded } from "./fhir.ts";
import { shownSystem } from "./values.ts";

/** A code system of diagnoses: how often, and what its codes look like. */
export interface SystemCount {
  readonly system: string | null;
  readonly count: number;
  readonly icd10: boolean;
  /** Why it is read as ICD-10, or why not. */
  readonly why: string;
}

interface Shape {
  count: number;
  like10: number;
  like9: number;
  /** More than a category: three characters alone are also what ICPC-2 and others write. */
  long: number;
}

/** A letter and two characters, then up to four more, with or without the dot. */
const ICD10 = /^[A-Z]\d[0-9AB](?:\.?[0-9A-Z]{1,4})?[-*+†!]?$/i;
const ICD9 = /^(?:\d{3}|V\d\d|E\d{3})(?:\.?\d{1,2})?$/i;

/** Names of ICD-10 and its editions; procedures (PCS, OPS) and ICD-10's neighbours are others. */
const NAMED = /icd[-_. ]?10(?!\d)/i;
const PROCEDURES = /pcs|procedure|\bops\b/i;
/** ICD-10-CM, ICD-10 of WHO, AM and GM, as OIDs. */
const OIDS =
  /^(?:urn:oid:)?(?:2\.16\.840\.1\.113883\.6\.(?:90|3|135)|1\.2\.276\.0\.76\.5\.\d+|2\.16\.840\.1\.113883\.6\.3\.[12])$/i;
/** Enough codes to judge a system by them. */
const ENOUGH = 10;
const MOST = 500;

/** What a system is, by its name, else by its codes. */
function judge(system: string | undefined, { count, like10, like9, long }: Shape): { icd10: boolean; why: string } {
  if (system !== undefined && NAMED.test(system))
    return PROCEDURES.test(system)
      ? { icd10: false, why: "its name says procedures" }
      : { icd10: true, why: "its name says ICD-10" };
  if (system !== undefined && OIDS.test(system)) return { icd10: true, why: "an OID of ICD-10" };
  if (
    system !== undefined &&
    /icd[-_. ]?(?:9|11|o)(?!\d)|snomed|loinc|2\.16\.840\.1\.113883\.6\.(?:96|103|2|42)$/i.test(system)
  )
    return { icd10: false, why: "its name says another system" };
  if (count >= ENOUGH && like10 / count >= 0.95 && like9 / count < 0.5 && long / count >= 0.3)
    return { icd10: true, why: `${Math.floor((100 * like10) / count)} % of its codes look like ICD-10` };
  return { icd10: false, why: count < ENOUGH ? "too few codes to judge by" : "its codes do not look like ICD-10" };
}

/** The systems of coded conditions. */
export class Icd {
  readonly #systems = new Map<string, Shape>();

  add({ system, code }: Coded): void {
    const key = system ?? "";
    const found = this.#systems.get(key) ?? { count: 0, like10: 0, like9: 0, long: 0 };
    if (!this.#systems.has(key) && this.#systems.size >= MOST) return;
    this.#systems.set(key, found);
    found.count++;
    if (ICD10.test(code)) found.like10++;
    if (ICD9.test(code)) found.like9++;
    if (code.length > 3) found.long++;
  }

  systems(): SystemCount[] {
    return [...this.#systems]
      .map(([key, shape]) => {
        const system = key === "" ? undefined : key;
        return { system: shownSystem(system), count: shape.count, ...judge(system, shape) };
      })
      .toSorted((a, b) => b.count - a.count);
  }
}
