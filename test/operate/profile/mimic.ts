/** A hospital in the shape of MIMIC-IV on FHIR: shifted dates, local classes or HL7's mapped ones, ICU and ED encounters beside. */

type Resource = Record<string, unknown>;
const BASE = "http://mimic.mit.edu/fhir/mimic/CodeSystem";
const ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/** Random numbers that are the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** New York's offset: the second Sunday of March to the first one of November is summer. */
export function newYork(at: Date): string {
  const sunday = (month: number, nth: number): number => {
    const first = new Date(Date.UTC(at.getUTCFullYear(), month, 1)).getUTCDay();
    return Date.UTC(at.getUTCFullYear(), month, 1 + ((7 - first) % 7) + 7 * (nth - 1));
  };
  const summer = at.getTime() >= sunday(2, 2) + 7 * 3_600_000 && at.getTime() < sunday(10, 1) + 6 * 3_600_000;
  const shifted = new Date(at.getTime() - (summer ? 4 : 5) * 3_600_000);
  return `${shifted.toISOString().slice(0, 19)}${summer ? "-04:00" : "-05:00"}`;
}

interface Kind {
  readonly type: string;
  readonly hl7: readonly [string, string];
  readonly priority: string;
  readonly share: number;
  readonly days: readonly [number, number];
}

/** Admission types of MIMIC-IV with their mapped class and priority, how often and how long. */
const KINDS: readonly Kind[] = [
  { type: "EW EMER.", hl7: ["EMER", "emergency"], priority: "EM", share: 0.38, days: [2, 9] },
  { type: "OBSERVATION ADMIT", hl7: ["OBSENC", "observation encounter"], priority: "R", share: 0.2, days: [2, 6] },
  { type: "URGENT", hl7: ["AMB", "ambulatory"], priority: "UR", share: 0.14, days: [3, 12] },
  { type: "SURGICAL SAME DAY ADMISSION", hl7: ["SS", "short stay"], priority: "R", share: 0.1, days: [1, 5] },
  { type: "ELECTIVE", hl7: ["AMB", "ambulatory"], priority: "EL", share: 0.06, days: [2, 6] },
  { type: "DIRECT EMER.", hl7: ["EMER", "emergency"], priority: "EM", share: 0.05, days: [2, 7] },
  { type: "EU OBSERVATION", hl7: ["OBSENC", "observation encounter"], priority: "R", share: 0.05, days: [0.2, 0.8] },
  { type: "AMBULATORY OBSERVATION", hl7: ["AMB", "ambulatory"], priority: "R", share: 0.02, days: [0.2, 0.6] },
];

const DISPOSITIONS = [
  "HOME",
  "HOME HEALTH CARE",
  "SKILLED NURSING FACILITY",
  "REHAB",
  "DIED",
  "AGAINST ADVICE",
  "ACUTE HOSPITAL",
];

/** Resources of so many patients. `local`: the admission type itself is class and priority, as in the first version. */
export function mimic(patients: number, options: { readonly local: boolean; readonly seed?: number }): Resource[] {
  const next = random(options.seed ?? 1);
  const between = (low: number, high: number): number => low + next() * (high - low);
  const resources: Resource[] = [];
  let stay = 20_000_000;
  for (let p = 0; p < patients; p++) {
    const patient = `p-${(10_000_000 + p * 7).toString(16)}`;
    resources.push({
      resourceType: "Patient",
      id: patient,
      gender: p % 2 ? "male" : "female",
      birthDate: "2101-02-03",
    });
    let at = Date.UTC(2110 + Math.floor(next() * 80), Math.floor(next() * 12), 1 + Math.floor(next() * 28), 12);
    for (let n = 0; n < 1 + Math.floor(next() * 4); n++) {
      const roll = next();
      let sum = 0;
      const kind = KINDS.find(({ share }) => roll < (sum += share)) ?? KINDS[0]!;
      const id = `e-${++stay}`;
      const start = at + Math.floor(between(0, 86_400)) * 1000;
      const end = start + Math.floor(between(...kind.days) * 86_400) * 1000;
      const subject = { reference: `Patient/${patient}` };
      const code = (system: string, word: string): Resource => ({
        coding: [{ system: `${BASE}/mimic-${system}`, code: word }],
      });
      resources.push({
        resourceType: "Encounter",
        id,
        meta: { profile: ["http://mimic.mit.edu/fhir/mimic/StructureDefinition/mimic-encounter"] },
        status: "finished",
        class: options.local
          ? { system: `${BASE}/mimic-admission-class`, code: kind.type }
          : { system: ACT, code: kind.hl7[0], display: kind.hl7[1] },
        priority: options.local
          ? code("admission-type", kind.type)
          : { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActPriority", code: kind.priority }] },
        subject,
        period: { start: newYork(new Date(start)), end: newYork(new Date(end)) },
        hospitalization: {
          dischargeDisposition: code("discharge-disposition", DISPOSITIONS[Math.floor(next() ** 2 * 7)]!),
        },
        serviceProvider: { reference: "Organization/ee172322-118b-5716-abbc-18e4c5437e15" },
      });
      if (next() < 0.4)
        resources.push({
          resourceType: "Encounter",
          id: `i-${stay}`,
          status: "finished",
          class: { system: ACT, code: "ACUTE", display: "inpatient acute" },
          subject,
          period: { start: newYork(new Date(start + 3_600_000)), end: newYork(new Date((start + end) / 2)) },
          partOf: { reference: `Encounter/${id}` },
        });
      // Who came by the emergency department has an encounter of it, too.
      resources.push({
        resourceType: "Encounter",
        id: `d-${stay}`,
        status: "finished",
        class: options.local ? { system: ACT, code: "EMER" } : { system: ACT, code: "EMER", display: "emergency" },
        subject,
        period: { start: newYork(new Date(start - 6 * 3_600_000)), end: newYork(new Date(start)) },
        partOf: { reference: `Encounter/${id}` },
      });
      if (options.local && next() < 0.5)
        resources.push({
          resourceType: "Encounter",
          id: `o-${stay}`,
          status: "finished",
          class: { system: ACT, code: "EMER" },
          subject,
          period: {
            start: newYork(new Date(end + 40 * 86_400_000)),
            end: newYork(new Date(end + 40 * 86_400_000 + 5 * 3_600_000)),
          },
        });
      for (const [version, diagnosis] of [
        ["10", "T80211A"],
        ["10", "E119"],
        ["9", "4019"],
      ] as const)
        resources.push({
          resourceType: "Condition",
          id: `c-${stay}-${diagnosis}`,
          code: { coding: [{ system: `${BASE}/mimic-diagnosis-icd${version}`, code: diagnosis }] },
          subject,
          encounter: { reference: `Encounter/${id}` },
        });
      at = end + between(5, 200) * 86_400_000;
    }
  }
  return resources;
}

export const ndjson = (resources: readonly Resource[]): string =>
  resources.map((one) => `${JSON.stringify(one)}\n`).join("");
