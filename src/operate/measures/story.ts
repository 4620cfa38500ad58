import type { Registry } from "../../lakehouse/registry.ts";
import type { TableRow } from "../hudi/read.ts";
import type { Kept, KeptEncounter, KeptFigures, KeptPerson } from "./kept.ts";
import type { RowBasis } from "./row.ts";

/** A rule of docs/measures.md that took an encounter or a stay, and what it made of it. */
export interface WhyRule {
  /** `E1`, `S1b`, `V2`. */
  readonly rule: string;
  readonly what: string;
  /** The encounter; a stay's id is that of its first one. */
  readonly of: string;
}

/** An encounter, as the rules saw it. */
export interface WhyEncounter {
  readonly id: string;
  /** It made the stay, it is open and continues it, it is a segment of one that made it; null: it is in no stay. */
  readonly part: "made" | "continues" | "segment" | null;
  /** As Silver says it: of a patient who was merged, not the survivor. Null where Silver has it no more. */
  readonly patient: string | null;
  readonly classes: readonly string[] | null;
  readonly status: string | null;
  readonly start: string | null;
  readonly end: string | null;
  /** On the facility's calendar; null where no rule looked at it. */
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly disposition: string | null;
  readonly facility: string | null;
  readonly part_of: string | null;
  /** Silver has another version of it by now. */
  readonly newer: boolean;
}

interface WhyStay {
  readonly id: string;
  readonly admission: string | null;
  readonly discharge: string | null;
  readonly planned: boolean;
  readonly disposition: string | null;
  readonly facility: string;
  readonly los_days: number;
  readonly midnights: number;
  readonly death: string | null;
  readonly age65plus: boolean;
}

/** What one figure made of the stay. */
export interface WhyFigure {
  readonly measure: string;
  /** `used`, or the rule that left it out; null where nothing is kept of it stay by stay. */
  readonly rule: string | null;
  readonly what: string | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** The stay or open encounter that decided. */
  readonly by: string | null;
}

interface WhyCondition {
  readonly id: string;
  readonly category: string;
  readonly onset: string | null;
  readonly outcome: string;
  readonly detail: string | null;
}

/** Why an encounter counts as it does. */
export interface Why extends RowBasis {
  /** The encounter that was asked for. */
  readonly encounter: string;
  /** Who it is counted for. */
  readonly patient: string | null;
  readonly stay: WhyStay | null;
  readonly encounters: readonly WhyEncounter[];
  /** In the order in which they are looked at. */
  readonly fired: readonly WhyRule[];
  readonly figures: readonly WhyFigure[];
  /** Coded infections of the stay, or that name one of its encounters. */
  readonly conditions: readonly WhyCondition[];
  /** Other stays whose figure this one decided. */
  readonly decides: readonly { readonly measure: string; readonly stay: string }[];
  readonly inpatient_classes: readonly string[];
  readonly planned_priorities: readonly string[];
  /** Gold tables that stand on something else than what is kept: their figures may not have this. */
  readonly elsewhere: readonly string[];
}

/** What Silver says of an encounter. */
export interface InSilver {
  readonly row: TableRow;
  /** Its version came after what is kept. */
  readonly newer: boolean;
}

type Silver = ReadonlyMap<string, InSilver>;

/** What was read. */
interface Found {
  readonly kept: Kept;
  readonly said: Silver;
  readonly gone: ReadonlySet<string>;
  readonly registry: Registry;
}

type Told = Pick<Why, "patient" | "stay" | "encounters" | "fired" | "figures" | "conditions" | "decides">;

/** One encounter's story, of what is kept and what Silver says. Pure. */
export function told(id: string, found: Found): Told {
  const person = found.kept.persons.get(id);
  return person ? judged(id, person, found) : unjudged(id, found);
}

/** What passed no rule: what is kept has every encounter that passed E1. */
function unjudged(id: string, { said, gone }: Found): Told {
  const silver = said.get(id);
  const fired = (rule: string, what: string): WhyRule[] => [{ rule, what, of: id }];
  return {
    patient: textOf(silver?.row["patient_id"]),
    stay: null,
    encounters: silver ? [encounterOf(id, null, undefined, silver)] : [],
    fired: gone.has(id)
      ? fired("D3", "deleted")
      : silver?.newer
        ? fired("N2", "not_taken_up")
        : fired("E1", "not_inpatient"),
    figures: [],
    conditions: [],
    decides: [],
  };
}

function judged(id: string, person: KeptPerson, { said, registry }: Found): Told {
  const { encounters, stays, infections } = person;
  const byId = new Map(encounters.map((one) => [one.id, one]));
  const rootOf = (one: string): string => parentOf(byId, one);
  const stay = stays.find((one) => [...one.encounter_ids, ...one.held_ids].includes(rootOf(id)));
  const segments = encounters.filter(
    (one) => stay?.encounter_ids.includes(rootOf(one.id)) && rootOf(one.id) !== one.id,
  );
  const shown: (readonly [string, WhyEncounter["part"]])[] = stay
    ? [
        ...stay.encounter_ids.map((one) => [one, "made"] as const),
        ...segments.map((one) => [one.id, "segment"] as const),
        ...stay.held_ids.map((one) => [one, "continues"] as const),
      ]
    : [[id, null]];
  const ids = new Set(shown.map(([one]) => one));
  const own = stay?.stay_id ?? id;
  return {
    patient: person.patient,
    stay: stay
      ? {
          id: stay.stay_id,
          admission: stay.admit_date,
          discharge: stay.discharge_date,
          planned: stay.planned,
          disposition: stay.disp,
          facility: stay.facility,
          los_days: stay.los_days,
          midnights: stay.midnights,
          death: stay.death_date,
          age65plus: stay.age65plus,
        }
      : null,
    encounters: shown.map(([one, part]) => encounterOf(one, part, byId.get(one), said.get(one))),
    fired: [
      ...shown.flatMap(([one]) => encounterRules(byId.get(one), said.get(one), person)),
      ...(stay ? stayRules(stay) : []),
    ],
    figures: stay ? figuresOf(stay.stay_id, person.figures, registry) : [],
    conditions: infections
      .filter((one) => (stay && one.stay_id === stay.stay_id) || ids.has(one.encounter_id ?? ""))
      .map(({ id: condition, category, onset, outcome, detail }) => ({
        id: condition,
        category,
        onset,
        outcome,
        detail,
      })),
    decides: person.figures.flatMap(({ stay_id: other, adds }) =>
      adds.flatMap(({ measure, by_id: by }) => (by === own && other !== null ? [{ measure, stay: other }] : [])),
    ),
  };
}

/** The encounter that a segment leads to, by as many steps as there are segments. */
function parentOf(byId: ReadonlyMap<string, KeptEncounter>, id: string): string {
  let at = id;
  for (let step = 0; step < byId.size; step++) {
    const one = byId.get(at);
    if (one?.reason !== "part_of_inpatient" || one.part_of === null) break;
    at = one.part_of;
  }
  return at;
}

function encounterOf(
  id: string,
  part: WhyEncounter["part"],
  kept: KeptEncounter | undefined,
  silver: InSilver | undefined,
): WhyEncounter {
  const row = silver?.row ?? {};
  const classes = row["classes"];
  return {
    id,
    part,
    patient: textOf(row["patient_id"]),
    classes: Array.isArray(classes) ? classes.map(String) : null,
    status: kept?.status_code ?? textOf(row["status_code"]),
    start: kept ? kept.start_ts : textOf(row["start"]),
    end: kept ? kept.end_ts : textOf(row["end"]),
    start_date: kept?.start_date ?? null,
    end_date: kept?.end_date ?? null,
    disposition: kept ? kept.disp : textOf(row["disposition"]),
    facility: kept?.facility ?? textOf(row["facility"]),
    part_of: kept ? kept.part_of : textOf(row["part_of"]),
    newer: silver?.newer ?? false,
  };
}

const textOf = (cell: unknown): string | null => (typeof cell === "string" ? cell : null);

/** The rules of docs/measures.md by the names that the jobs give them. */
export const RULES: Readonly<Record<string, string>> = {
  not_inpatient: "E1",
  status: "E2",
  orphan_patient: "E3",
  bad_start: "E4",
  starts_after_as_of: "E5",
  end_before_start: "E6",
  part_of_inpatient: "E7",
  used: "E8",
  open: "E8",
  first: "S1",
  overlap: "S1a",
  same_day: "S1b",
  transfer: "S1c",
};

const named = (what: string, of: string): WhyRule => ({ rule: RULES[what] ?? "", what, of });

function encounterRules(one: KeptEncounter | undefined, silver: InSilver | undefined, person: KeptPerson): WhyRule[] {
  if (!one) return [];
  const { id, reason, closed } = one;
  const stay = person.stays.find(({ encounter_ids: ids }) => ids.includes(id));
  const joined = stay?.joined[stay.encounter_ids.indexOf(id)];
  return [
    ...sinceRules(id, silver, person),
    named(reason ?? (closed ? "used" : "open"), id),
    ...(joined === undefined ? [] : [named(joined, id)]),
    ...(stay?.stay_id === id ? [{ rule: "S2", what: stay.planned ? "planned_admission" : "admission", of: id }] : []),
    ...(stay?.discharge_id === id ? [{ rule: "S2", what: "discharge", of: id }] : []),
  ];
}

/** What Silver says else: of another patient, who was merged into this one, or of another version than the one that was judged. */
function sinceRules(id: string, silver: InSilver | undefined, person: KeptPerson): WhyRule[] {
  if (!silver) return [{ rule: "N2", what: "gone_since", of: id }];
  if (silver.newer) return [{ rule: "N2", what: "changed_since", of: id }];
  return textOf(silver.row["patient_id"]) === person.patient ? [] : [{ rule: "L1", what: "merged", of: id }];
}

function stayRules(stay: KeptPerson["stays"][number]): WhyRule[] {
  const of = stay.stay_id;
  const held = stay.held_ids.map((one) => ({ rule: "S3", what: "continued", of: one }));
  return [
    ...(held.length > 0 ? held : [{ rule: "S3", what: "complete", of }]),
    ...(stay.conflict ? [{ rule: "V1", what: "conflict", of }] : []),
    ...(stay.died ? [{ rule: "V2", what: "died", of }] : []),
    ...(stay.vital_unknown ? [{ rule: "V3", what: "vital_unknown", of }] : []),
    ...(stay.age65plus ? [{ rule: "C2", what: "age65plus", of }] : []),
  ];
}

const NOT_KEPT = { rule: null, what: null, numerator: null, denominator: null, by: null };

/** In the registry's order; of a measure that is not kept stay by stay nothing can be told. */
function figuresOf(stay: string, all: readonly KeptFigures[], registry: Registry): WhyFigure[] {
  const adds = all.filter(({ stay_id: one }) => one === stay).flatMap((one) => one.adds);
  return [...registry.figures.keys()].map((measure): WhyFigure => {
    const add = adds.find((one) => one.measure === measure);
    if (!add) return { measure, ...NOT_KEPT };
    const { rule, what, hits, at_risk: atRisk, by_id: by } = add;
    return { measure, rule: rule ?? "used", what, numerator: hits, denominator: atRisk, by };
  });
}
