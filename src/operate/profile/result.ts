import { dispositionKind } from "./fhir.ts";
import { type Fit, fitOf, judgeClass, type Said } from "./fits.ts";
import type { Gathered } from "./gather.ts";
import type { SystemCount } from "./icd.ts";
import { shownSystem, type ShownValues } from "./values.ts";
import { yamlOf } from "./yaml.ts";

interface Reference {
  readonly from: string;
  readonly count: number;
  /** Those whose target is in the data; null where the data holds no such targets at all. */
  readonly resolved: number | null;
  readonly missing: number;
  readonly forms: Readonly<Record<string, number>>;
}

interface ClassRow {
  readonly system: string | null;
  readonly code: string;
  readonly count: number;
  readonly finished: number;
  readonly over_midnight: number;
  readonly parts: number;
  readonly with_disposition: number;
  readonly stays: boolean;
  readonly why: string;
}

/** What data is like, and the config that fits it: no content, no id, no date below the month. */
export interface Profile {
  readonly source: Readonly<Record<string, number | string>>;
  readonly resources: readonly {
    readonly type: string;
    readonly count: number;
    readonly ids: number;
    readonly further_versions: number;
    readonly without_id: number;
  }[];
  readonly identical: number;
  readonly broken: number;
  readonly deletions: number;
  readonly fhir: {
    readonly version: string;
    readonly r4: number;
    readonly r5: number;
    readonly profiles: Readonly<Record<string, number>>;
  };
  readonly dates: readonly {
    readonly what: string;
    readonly from: string | null;
    readonly to: string | null;
    readonly count: number;
    readonly missing: number;
  }[];
  readonly precisions: Readonly<Record<string, number>>;
  readonly offsets: readonly { readonly offset: string; readonly count: number }[];
  readonly classes: readonly ClassRow[];
  readonly values: Readonly<Record<string, ShownValues>>;
  readonly dispositions: Readonly<Record<string, number>>;
  readonly code_systems: readonly SystemCount[];
  readonly references: readonly Reference[];
  readonly stays: {
    readonly encounters: number;
    readonly of_inpatient_class: number;
    readonly discharges: number;
    readonly with_disposition: number;
  };
  readonly conditions: { readonly count: number; readonly onset: Readonly<Record<string, number>> };
  readonly config: { readonly measures: ConfigMeasures };
  readonly why: Readonly<Record<keyof ConfigMeasures, string | Readonly<Record<string, string>>>>;
  readonly notes: readonly string[];
  readonly yaml: string;
}

interface ConfigMeasures {
  readonly asOf: string;
  readonly timeZone: string;
  readonly inpatientClasses: readonly string[];
  readonly plannedPriorities: readonly string[];
  readonly icd10Systems: readonly string[];
}

const counts = (map: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...map].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));

function versionOf({ r4, r5 }: Gathered["shapes"]): string {
  if (r4 === 0 && r5 === 0) return "unknown";
  return r5 === 0 ? "R4" : r4 === 0 ? "R5" : "R4 and R5";
}

function referencesOf(gathered: Gathered): Reference[] {
  return Object.entries(gathered.references).map(([from, references]) => {
    const target =
      from === "Encounter.serviceProvider" ? "Organization" : from.endsWith("subject") ? "Patient" : "Encounter";
    const ids = gathered.types.get(target)?.ids;
    return {
      from,
      count: references.count,
      resolved: ids ? references.resolved(ids) : null,
      missing: references.missing,
      forms: counts(references.forms),
    };
  });
}

const classRows = (gathered: Gathered): ClassRow[] =>
  [...gathered.classes.facts.values()]
    .filter(({ system, code }) => gathered.values.class.shows(system, code))
    .map((facts) => {
      const { inpatient, why } = judgeClass(facts);
      return {
        system: shownSystem(facts.system),
        code: facts.code,
        count: facts.count,
        finished: facts.closed,
        over_midnight: facts.nights[1] + facts.nights[2],
        parts: facts.parts,
        with_disposition: facts.withDisposition,
        stays: inpatient,
        why,
      };
    })
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));

const values = (said: readonly Said[]): string[] => said.map(({ value }) => value);
const whys = (said: readonly Said[]): Record<string, string> =>
  Object.fromEntries(said.map(({ value, why }) => [value, why]));

/** The words of a fit as the config has them. */
export const measuresOf = (fit: Fit): ConfigMeasures => ({
  asOf: fit.asOf.value,
  timeZone: fit.timeZone.value,
  inpatientClasses: values(fit.inpatientClasses),
  plannedPriorities: values(fit.plannedPriorities),
  icd10Systems: values(fit.icd10Systems),
});

/** Everything that was gathered, ready to be shown. */
export function profileOf(gathered: Gathered, source: Profile["source"]): Profile {
  const fit = fitOf(gathered, dispositionKind);
  const measures = measuresOf(fit);
  const stays = gathered.classes.under(measures.inpatientClasses);
  const types = [...gathered.types].toSorted(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  return {
    source,
    resources: types.map(([type, { count, ids, versions, withoutId }]) => ({
      type,
      count,
      ids: ids.size,
      further_versions: versions,
      without_id: withoutId,
    })),
    identical: gathered.identical,
    broken: gathered.broken,
    deletions: gathered.deletions,
    fhir: { version: versionOf(gathered.shapes), ...gathered.shapes, profiles: counts(gathered.profiles) },
    dates: Object.entries(gathered.dates).map(([what, { first, last, count, missing }]) => ({
      what,
      from: first || null,
      to: last || null,
      count,
      missing,
    })),
    precisions: counts(gathered.precisions),
    offsets: Object.entries(counts(gathered.offsets.counts)).map(([offset, count]) => ({ offset, count })),
    classes: classRows(gathered),
    values: Object.fromEntries(Object.entries(gathered.values).map(([name, one]) => [name, one.values()])),
    dispositions: counts(gathered.dispositions),
    code_systems: gathered.systems.systems(),
    references: referencesOf(gathered),
    stays: {
      encounters: gathered.types.get("Encounter")?.count ?? 0,
      of_inpatient_class: stays.taken,
      discharges: stays.discharges,
      with_disposition: stays.disposed,
    },
    conditions: { count: gathered.types.get("Condition")?.count ?? 0, onset: counts(gathered.onsets) },
    config: { measures },
    why: {
      asOf: fit.asOf.why,
      timeZone: fit.timeZone.why,
      inpatientClasses: whys(fit.inpatientClasses),
      plannedPriorities: whys(fit.plannedPriorities),
      icd10Systems: whys(fit.icd10Systems),
    },
    notes: fit.notes,
    yaml: yamlOf(fit),
  };
}
