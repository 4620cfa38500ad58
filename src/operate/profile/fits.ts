import type { ClassFacts } from "./classes.ts";
import type { Gathered } from "./gather.ts";
import type { SystemCount } from "./icd.ts";
import { dateIn, guessZone } from "./zones.ts";

/** A value of the config and why. */
export interface Said<T = string> {
  readonly value: T;
  readonly why: string;
}

/** The config that fits, key by key, each value with its reason. */
export interface Fit {
  readonly asOf: Said;
  readonly timeZone: Said;
  readonly inpatientClasses: readonly Said[];
  readonly plannedPriorities: readonly Said[];
  readonly icd10Systems: readonly Said[];
  /** What the config cannot say, or a person must decide. */
  readonly notes: readonly string[];
}

const ACT_CODE = /v3-ActCode$|2\.16\.840\.1\.113883\.5\.4$/;
const DEFAULT_CLASSES = ["IMP", "ACUTE"];
/** Of HL7's own classes those that are never acute stays, however long they last. */
const NEVER: Readonly<Record<string, string>> = {
  NONAC: "inpatient, not acute (rehabilitation, psychiatry, long-term care)",
  HH: "home health",
  VR: "virtual",
  FLD: "in the field",
  PRENC: "before the admission",
};
/** Encounters to judge a class by. */
const FEW = 3;

const percent = (part: number, of: number): string => (of === 0 ? "none" : `${Math.round((100 * part) / of)} %`);

/** Whether the encounters of a class are stays, and by what. */
export function judgeClass(facts: ClassFacts): { readonly inpatient: boolean; readonly why: string } {
  const { code, system, closed, nights, parts, count, long } = facts;
  const upper = code.trim().toUpperCase();
  const hl7 = system === undefined || ACT_CODE.test(system);
  if (hl7 && DEFAULT_CLASSES.includes(upper)) return { inpatient: true, why: "HL7's inpatient class, the default" };
  const never = hl7 ? NEVER[upper] : undefined;
  if (never !== undefined) return { inpatient: false, why: never };
  const over = nights[1] + nights[2];
  const behaves = `${percent(over, closed)} stay over a midnight, ${percent(nights[2], closed)} over two or more`;
  if (facts.outpatientWords > count / 2 && over < closed / 2)
    return { inpatient: false, why: "its text says outpatient" };
  if (facts.inpatientWords > count / 2 && (closed === 0 || over >= closed / 4))
    return { inpatient: true, why: `its text says inpatient; ${behaves}` };
  const admitted = facts.admissionWords > count / 2;
  if (admitted && facts.observationWords === 0 && over >= closed / 4 && closed > 0)
    return { inpatient: true, why: `its text says admission; ${behaves}` };
  if (closed < FEW && parts > closed) return { inpatient: false, why: "nearly all are parts of other encounters" };
  if (closed === 0) return { inpatient: false, why: "none is finished with a start and an end" };
  if (long > closed / 2) return { inpatient: false, why: "half of them last over 60 days: series, not stays" };
  // Observation is outpatient care until a second midnight makes it a stay (the two-midnight rule of Medicare).
  const observed = (facts.observationWords > count / 2 && !admitted) || (hl7 && upper === "OBSENC");
  const wanted = observed ? nights[2] : over;
  return { inpatient: wanted * 2 >= closed, why: observed ? `observation: ${behaves}` : behaves };
}

function classesOf(gathered: Gathered, notes: string[]): Said[] {
  const found = new Map<string, { why: string[]; against: string[]; count: number }>();
  for (const facts of gathered.classes.facts.values()) {
    const code = facts.code.trim().toUpperCase();
    const { inpatient, why } = judgeClass(facts);
    const one = found.get(code) ?? { why: [], against: [], count: 0 };
    found.set(code, one);
    if (inpatient) one.count += facts.count;
    (inpatient ? one.why : one.against).push(why);
    if (inpatient && !DEFAULT_CLASSES.includes(code) && !gathered.values.class.shows(facts.system, facts.code)) {
      notes.push(
        `A class code of ${facts.count} encounters that behave like stays is not shown: one person alone has it, or it looks like an identifier or a name. Add it to inpatientClasses by hand.`,
      );
      found.delete(code);
    }
  }
  const taken = [...found].filter(([, { why }]) => why.length > 0);
  for (const [code, { against }] of taken)
    if (against.length > 0)
      notes.push(
        `Class ${code} is used by several code systems, and only some of its encounters behave like stays; the config tells classes apart by code alone.`,
      );
  for (const [code] of taken)
    if (code.includes(","))
      notes.push(`Class ${code} has a comma in it, which the config cannot say: map it before ingestion.`);
  const words = taken
    .filter(([code]) => !code.includes(",") && !DEFAULT_CLASSES.includes(code))
    .toSorted(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
    .map(([code, { why, count }]) => ({ value: code, why: `${count} encounters; ${why[0] ?? ""}` }));
  const defaults = DEFAULT_CLASSES.map((code) => {
    const one = found.get(code);
    return {
      value: code,
      why: one && one.count > 0 ? `${one.count} encounters; ${one.why[0] ?? ""}` : "the default; not in this data",
    };
  });
  return [...defaults, ...words];
}

const PLANNED = /elective|elektiv|planned|scheduled|geplant|\bwahl|programm[ée]/i;
const UNPLANNED =
  /un-?planned|un-?scheduled|non-?elective|not (?:planned|scheduled|elective)|ungeplant|nicht (?:ge)?plan|non programm/i;

function prioritiesOf(gathered: Gathered, notes: string[]): Said[] {
  const { shown, hidden } = gathered.values.priority.values();
  const standard = shown.filter(({ code }) => code.toUpperCase() === "EL");
  const local = shown.filter(
    ({ code }) => code.toUpperCase() !== "EL" && PLANNED.test(code) && !UNPLANNED.test(code) && !code.includes(","),
  );
  if (shown.length === 0 && hidden.count === 0)
    notes.push(
      "No encounter has a priority: no stay counts as planned, and every return within 30 days as a readmission.",
    );
  const open = shown.filter(
    (one) => !standard.includes(one) && !local.includes(one) && /same day|day ?case|wait/i.test(one.code),
  );
  for (const { code } of open)
    notes.push(`Priority ${code} may mean planned admissions: add it to plannedPriorities if it does.`);
  const count = standard.reduce((sum, one) => sum + one.count, 0);
  return [
    {
      value: "EL",
      why: count > 0 ? `${count} encounters; HL7's elective, the default` : "the default; not in this data",
    },
    ...[...new Map(local.map((one) => [one.code.toUpperCase(), one])).values()].map(({ code, count: many }) => ({
      value: code.toUpperCase(),
      why: `${many} encounters; its text says planned`,
    })),
  ];
}

const DEFAULT_ICD10 = ["http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"];

function icd10Of(systems: readonly SystemCount[], notes: string[]): Said[] {
  const of = (name: string): number => systems.find(({ system }) => system === name)?.count ?? 0;
  if (systems.some(({ system, icd10 }) => system === null && icd10))
    notes.push(
      "Codes that look like ICD-10 have no system: no value of icd10Systems reads them, add the system before ingestion.",
    );
  const local = systems.filter(
    ({ system, icd10 }) =>
      icd10 && system !== null && !DEFAULT_ICD10.includes(system) && !system.includes(",") && !system.startsWith("("),
  );
  return [
    ...DEFAULT_ICD10.map((value) => ({
      value,
      why: of(value) > 0 ? `${of(value)} codes; a default` : "a default; not in this data",
    })),
    ...local.map(({ system, count, why }) => ({ value: system ?? "", why: `${count} codes; ${why}` })),
  ];
}

/** Words of dispositions that a person would read as one of the kinds that the jobs tell apart. */
const LOOKS: readonly (readonly [string, RegExp])[] = [
  ["expired", /\bdead|\bdied|deceas|expired|verstorben|\btod\b|décéd|fallec/i],
  ["ama", /against|\bama\b|gegen ärztlich|contre avis/i],
  ["transfer_acute", /transfer|verleg|acute|another hospital|other hospital|andere[sn]? krankenhaus/i],
];

function dispositionNotes(gathered: Gathered, kindOf: (code: string) => string): string[] {
  return gathered.values.disposition.values().shown.flatMap(({ code, count }) => {
    const looks = LOOKS.find(([, words]) => words.test(code))?.[0];
    if (looks === undefined || kindOf(code) !== "other" || /psych|rehab|nursing|chronic|long/i.test(code)) return [];
    return [
      `Disposition ${code} (${count}) reads like ${looks} and counts as \`other\`: no key of the config says what dispositions mean; map it before ingestion to a code of docs/measures.md K3.`,
    ];
  });
}

/** What the measures leave out whatever the config says. */
function missingNotes({ onsets, references, types }: Gathered): string[] {
  const undated = onsets.get("none") ?? 0;
  const subject = references["Encounter.subject"];
  const patients = types.get("Patient")?.ids;
  const orphans = patients ? subject.count - subject.resolved(patients) + subject.missing : 0;
  return [
    undated > 0
      ? `${undated} of ${types.get("Condition")?.count ?? 0} conditions have no usable date (onset, recordedDate): HAI leaves them out.`
      : "",
    orphans > 0 ? `${orphans} encounters name no patient of this data: they count once the Patient arrives.` : "",
  ].filter((note) => note !== "");
}

const DAY_MS = 86_400_000;
/** Data whose newest encounter is not older than this is a feed that goes on. */
const CURRENT_DAYS = 14;

function asOfOf(gathered: Gathered, zone: string): Said {
  const { starts, latest, now } = gathered;
  const shifted = starts.all > 0 && starts.future * 2 > starts.all;
  const { at, date } = shifted ? latest.all : latest.known;
  const last = [at > 0 ? dateIn(zone, at) : "", date].toSorted().at(-1) ?? "";
  if (last === "") return { value: "today", why: "no encounter has a date: the default" };
  if (!shifted && Date.parse(last) > now - CURRENT_DAYS * DAY_MS)
    return { value: "today", why: "the newest encounters are of the last two weeks: a feed that goes on" };
  return {
    value: last,
    why: `the last day on which an encounter starts or ends${shifted ? "; the dates lie in the future, so they were shifted" : ""}`,
  };
}

/** What the config should say so that the measures see this data. */
export function fitOf(gathered: Gathered, kindOf: (code: string) => string): Fit {
  const notes: string[] = [];
  const withoutOffset = gathered.precisions.get("no offset") ?? 0;
  const guess = guessZone(gathered.offsets, withoutOffset);
  const zone = guess.zone ?? "UTC";
  if (guess.zone === undefined) notes.push(`Time zone: ${guess.why}.`);
  const inpatientClasses = classesOf(gathered, notes);
  const plannedPriorities = prioritiesOf(gathered, notes);
  const icd10Systems = icd10Of(gathered.systems.systems(), notes);
  notes.push(...dispositionNotes(gathered, kindOf), ...missingNotes(gathered));
  const late = gathered.starts.future;
  if (late > 0 && late * 2 <= gathered.starts.all)
    notes.push(`${late} encounters start in the future: asOf leaves them out.`);
  return {
    asOf: asOfOf(gathered, zone),
    timeZone: { value: zone, why: guess.zone === undefined ? `the default: ${guess.why}` : guess.why },
    inpatientClasses,
    plannedPriorities,
    icd10Systems,
    notes,
  };
}
