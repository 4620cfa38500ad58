import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { zipSync } from "fflate";
import { parse } from "yaml";
import { afterAll, describe, expect, test } from "vitest";
import { measuresSection } from "../../../src/lakehouse/measures.ts";
import { Documents } from "../../../src/operate/profile/documents.ts";
import { dispositionKind, writtenTime, referenceOf } from "../../../src/operate/profile/fhir.ts";
import { Icd } from "../../../src/operate/profile/icd.ts";
import { type Profile, profileFiles } from "../../../src/operate/profile/index.ts";
import { Ids, hashOf } from "../../../src/operate/profile/seen.ts";
import { Counter } from "../../../src/operate/profile/values.ts";
import { guessZone, Offsets } from "../../../src/operate/profile/zones.ts";
import { profileLines } from "../../../src/ui/profile.ts";
import { mimic, ndjson } from "./mimic.ts";

const NOW = Date.UTC(2026, 10, 30, 12);
const folder = mkdtempSync(join(tmpdir(), "profile-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function put(content: string | Uint8Array, name = `${++files}.ndjson`): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}
async function profiled(...paths: string[]): Promise<Profile> {
  const found = await profileFiles(paths, { now: NOW });
  if (!found) throw new Error("interrupted");
  return found;
}
const of = (...resources: object[]): Promise<Profile> => profiled(put(ndjson(resources as Record<string, unknown>[])));

type Encounter = Record<string, unknown>;
let next = 0;
const encounter = (more: Encounter = {}): Encounter => ({
  resourceType: "Encounter",
  id: `e${++next}`,
  status: "finished",
  class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "IMP" },
  subject: { reference: `Patient/p${next % 40}` },
  period: { start: "2024-05-01T10:00:00+02:00", end: "2024-05-04T10:00:00+02:00" },
  ...more,
});
const many = (count: number, more: Encounter): Encounter[] => Array.from({ length: count }, () => encounter(more));
const stay = (start: string, end: string): Encounter => ({ period: { start, end } });

describe("data in the shape of MIMIC-IV on FHIR gets the config that its measures need", () => {
  test("with the admission type as class", async () => {
    const { config, stays, notes } = await of(...mimic(400, { local: true }));
    expect(config.measures.timeZone).toBe("America/New_York");
    expect(config.measures.inpatientClasses.toSorted()).toEqual([
      "ACUTE",
      "DIRECT EMER.",
      "ELECTIVE",
      "EW EMER.",
      "IMP",
      "OBSERVATION ADMIT",
      "SURGICAL SAME DAY ADMISSION",
      "URGENT",
    ]);
    expect(config.measures.plannedPriorities).toEqual(["EL", "ELECTIVE"]);
    expect(config.measures.icd10Systems).toEqual([
      "http://hl7.org/fhir/sid/icd-10-cm",
      "http://hl7.org/fhir/sid/icd-10",
      "http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-diagnosis-icd10",
    ]);
    expect(config.measures.asOf).toMatch(/^21\d\d-\d\d-\d\d$/);
    expect(stays.with_disposition).toBe(stays.discharges);
    expect(notes.join("\n")).not.toMatch(/ACUTE HOSPITAL|DIED|AGAINST/);
  });

  test("with HL7's classes, where emergency and observation are stays", async () => {
    const { config } = await of(...mimic(400, { local: false }));
    expect(config.measures.inpatientClasses.toSorted()).toEqual(["ACUTE", "AMB", "EMER", "IMP", "OBSENC", "SS"]);
    expect(config.measures.plannedPriorities).toEqual(["EL"]);
  });

  test("as of the last day on which an encounter starts or ends, by the hospital's calendar", async () => {
    const resources = mimic(60, { local: true, seed: 5 });
    const last = resources
      .flatMap((one) => Object.values((one["period"] ?? {}) as Record<string, string>))
      .map((time) => time.slice(0, 10))
      .toSorted()
      .at(-1);
    expect((await of(...resources)).config.measures.asOf).toBe(last);
  });

  test("a comment stands at every value, and the config takes it", async () => {
    const { yaml, config } = await of(...mimic(100, { local: true }));
    const pasted = (parse(yaml) as { measures: unknown }).measures;
    expect(pasted).toEqual(config.measures);
    expect(() => measuresSection.parse(pasted)).not.toThrow();
    const values = yaml.split("\n").filter((line) => /^ {4}- |^ {2}(asOf|timeZone)/.test(line));
    expect(values.every((line) => / # \S/.test(line))).toBe(true);
  });
});

describe("what the config should say", () => {
  test("today, where the newest encounters are of these days", async () => {
    const { config } = await of(encounter(stay("2026-11-20T10:00:00Z", "2026-11-28T10:00:00Z")));
    expect(config.measures.asOf).toBe("today");
  });

  test("a planned date in the future and a far one are not the end of the data", async () => {
    const ends = [
      stay("2020-01-01", "2020-01-05"),
      stay("2020-02-01", "9999-12-31"),
      { status: "planned", ...stay("2030-01-01", "2030-01-02") },
    ];
    const { config } = await of(...ends.map((one) => encounter(one)));
    expect(config.measures.asOf).toBe("2020-02-01");
  });

  test("classes by how long their encounters last, whatever they are called", async () => {
    const local = (code: string, end: string, count = 12): Encounter[] =>
      many(count, { class: { system: "urn:local:class", code }, ...stay("2024-05-01T20:00:00+02:00", end) });
    const { config, classes } = await of(
      ...local("KH", "2024-05-06T10:00:00+02:00"),
      ...local("NA", "2024-05-01T23:00:00+02:00"),
      ...local("SERIE", "2024-09-01T10:00:00+02:00"),
      ...local("OBSERVATION", "2024-05-02T10:00:00+02:00"),
    );
    expect(config.measures.inpatientClasses).toEqual(["IMP", "ACUTE", "KH"]);
    expect(Object.fromEntries(classes.map(({ code, why }) => [code, why]))).toMatchObject({
      SERIE: expect.stringContaining("series"),
      OBSERVATION: expect.stringContaining("0 % over two"),
    });
  });

  test("a text says inpatient where dates say little, and outpatient", async () => {
    const said = (code: string, display: string): Encounter[] =>
      many(12, { class: { system: "urn:x", code, display }, period: { start: "2024-05-01" } });
    const { config } = await of(...said("S", "Vollstationär"), ...said("T", "teilstationär"), ...said("A", "ambulant"));
    expect(config.measures.inpatientClasses).toEqual(["IMP", "ACUTE", "S"]);
  });

  test("HL7's non-acute, home and virtual care are no stays, however long", async () => {
    const acts = ["NONAC", "HH", "VR", "AMB"].flatMap((code) =>
      many(12, {
        class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code },
        ...stay("2024-05-01", code === "AMB" ? "2024-05-01" : "2024-05-20"),
      }),
    );
    expect((await of(...acts)).config.measures.inpatientClasses).toEqual(["IMP", "ACUTE"]);
  });

  test("an admission is a stay unless most are over by midnight, from observation too", async () => {
    const nights = (code: string, over: number): Encounter[] =>
      Array.from({ length: 12 }, (_, i) =>
        encounter({
          class: { system: "urn:x", code },
          ...stay("2024-05-01T10:00:00+02:00", i < over ? "2024-05-02T10:00:00+02:00" : "2024-05-01T20:00:00+02:00"),
        }),
      );
    const short = await of(
      ...nights("SURGICAL SAME DAY ADMISSION", 4),
      ...nights("VISIT", 4),
      ...nights("PRE-ADMISSION", 4),
    );
    expect(short.config.measures.inpatientClasses).toEqual(["IMP", "ACUTE", "SURGICAL SAME DAY ADMISSION"]);
    const observed = await of(...nights("OBSERVATION ADMIT", 8), ...nights("EU OBSERVATION", 8));
    expect(observed.config.measures.inpatientClasses).toEqual(["IMP", "ACUTE", "OBSERVATION ADMIT"]);
  });

  test("what no config brings into the measures is said", async () => {
    const { notes } = await of(
      { resourceType: "Patient", id: "p" },
      encounter({ subject: { reference: "Patient/gone" } }),
      { resourceType: "Condition", id: "c", subject: { reference: "Patient/p" }, onsetDateTime: "2024" },
    );
    expect(notes.join("\n")).toMatch(/1 of 1 conditions have no usable date/);
    expect(notes.join("\n")).toMatch(/1 encounters name no patient of this data/);
  });

  test("R5's classes are concepts in a list", async () => {
    const { config, fhir } = await of(
      ...many(12, {
        class: [{ coding: [{ system: "urn:x", code: "STAY" }] }],
        period: undefined,
        actualPeriod: { start: "2024-05-01", end: "2024-05-09" },
        status: "completed",
      }),
    );
    expect(config.measures.inpatientClasses).toContain("STAY");
    expect(fhir.version).toBe("R5");
  });

  test("what it cannot say it says: dispositions, commas, priorities that only look planned", async () => {
    const { notes } = await of(
      ...many(12, {
        class: { system: "urn:x", code: "stay, inpatient" },
        priority: { coding: [{ system: "urn:x", code: "SURGICAL SAME DAY ADMISSION" }] },
        hospitalization: { dischargeDisposition: { coding: [{ code: "DEAD/EXPIRED" }] } },
      }),
    );
    expect(notes.join("\n")).toMatch(/DEAD\/EXPIRED \(12\) reads like expired and counts as `other`/);
    expect(notes.join("\n")).toMatch(/SURGICAL SAME DAY ADMISSION may mean planned/);
    expect(notes.join("\n")).toMatch(/comma/);
  });
});

describe("time zones", () => {
  const zoneOf = (...times: string[]): string | undefined => {
    const offsets = new Offsets();
    for (const time of times) {
      const moment = writtenTime(time);
      if (moment?.offset !== undefined && moment.at !== undefined) offsets.add(moment.offset, moment.at);
    }
    return guessZone(offsets, 0).zone;
  };
  test.each([
    [["2024-01-10T10:00:00-06:00", "2024-07-10T10:00:00-05:00"], "America/Chicago"],
    [["2024-01-10T10:00:00+01:00", "2024-07-10T10:00:00+02:00"], "Europe/Berlin"],
    [["2124-01-10T10:00:00-05:00", "2188-07-10T10:00:00-04:00"], "America/New_York"],
    [["2024-01-10T10:00:00-07:00", "2024-07-10T10:00:00-07:00"], "America/Phoenix"],
    [["2024-01-10T10:00:00+05:30"], "Asia/Kolkata"],
    [["2024-01-10T10:00:00Z", "2024-07-10T10:00:00+00:00"], undefined],
    [["2024-01-10T10:00:00+01:00", "2024-01-10T10:00:00-06:00", "2024-01-10T10:00:00+09:00"], undefined],
    [[], undefined],
  ])("%j", (times, zone) => expect(zoneOf(...times)).toBe(zone));

  test("what cannot be known is said: UTC alone names no place", async () => {
    const { config, notes } = await of(encounter(stay("2024-01-10T10:00:00Z", "2024-01-12T10:00:00Z")));
    expect(config.measures.timeZone).toBe("UTC");
    expect(notes.join()).toMatch(/all times are in UTC/);
  });

  test("one offset of one season names several zones", async () => {
    const { why } = await of(encounter(stay("2024-01-10T10:00:00-05:00", "2024-01-12T10:00:00-05:00")));
    expect(why.timeZone).toMatch(/America\/Bogota would fit as well/);
  });
});

describe("code systems of ICD-10", () => {
  const judged = (system: string | undefined, ...codes: string[]): boolean => {
    const icd = new Icd();
    for (const code of codes) icd.add({ system, code, words: "" });
    return icd.systems()[0]?.icd10 === true;
  };
  const ten = (...codes: string[]): string[] => Array.from({ length: 12 }, (_, i) => codes[i % codes.length] ?? "");
  test.each([
    ["urn:oid:2.16.840.1.113883.6.90", ["I10"], true],
    ["http://mimic.mit.edu/fhir/mimic/CodeSystem/mimic-diagnosis-icd10", ["E119"], true],
    ["http://fhir.de/CodeSystem/bfarm/icd-10-gm", ["J18.9"], true],
    ["http://hl7.org/fhir/sid/icd-9-cm", ten("E8889"), false],
    ["http://www.cms.gov/Medicare/Coding/ICD10/icd-10-pcs", ["02HV33Z"], false],
    ["urn:local:dx", ten("J18.9", "I21.4", "E11"), true],
    ["urn:local:dx", ["J18.9"], false],
    ["urn:icpc", ten("A01", "K86"), false],
    ["http://snomed.info/sct", ten("J18.9"), false],
    ["urn:local:nine", ten("410.1", "V45.8", "E888"), false],
  ])("%s %j: %s", (system, codes, icd10) => expect(judged(system, ...codes)).toBe(icd10));

  test("codes without a system cannot be named in the config, and that is said", async () => {
    const conditions = ten("J18.9", "I21.4").map((code, i) => ({
      resourceType: "Condition",
      id: `c${i}`,
      code: { coding: [{ code }] },
    }));
    const { notes, config } = await of(...conditions);
    expect(notes.join()).toMatch(/have no system/);
    expect(config.measures.icd10Systems).toHaveLength(2);
  });
});

describe("nobody is told of", () => {
  test("no id, name or day of the sample stands in the profile, nor in its text", async () => {
    const sample = join(import.meta.dirname, "../../fhir-sample");
    const found = await profiled(sample);
    const shown = JSON.stringify({ ...found, yaml: "", config: {} }) + profileLines({ ...found, yaml: "" }).join("\n");
    const told = readdirSync(sample)
      .filter((name) => name.endsWith(".ndjson"))
      .flatMap((name) => readFileSync(join(sample, name), "utf8").split("\n").filter(Boolean))
      .flatMap((line) => {
        const one = JSON.parse(line) as {
          id: string;
          name?: { family: string; given: string[] }[];
          period?: { start: string };
        };
        const names = (one.name ?? []).flatMap(({ family, given }) => [family, ...given]);
        return [one.id, ...names, ...(one.period ? [one.period.start.slice(0, 10)] : [])];
      });
    expect(told.length).toBeGreaterThan(1_000);
    expect([...new Set(told)].filter((word) => shown.includes(word))).toEqual([]);
  });

  test.each([
    "Smith, John",
    "Mrs. Jones",
    "MRN12345",
    "12345678",
    "a@b.c",
    "2024-05-01",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "JOHN SMITH",
  ])("%s as a code is not shown, though several have it", (code) => {
    const counter = new Counter();
    for (let i = 0; i < 10; i++) counter.add({ system: "urn:x", code }, `p${i}`);
    expect(counter.values()).toEqual({ shown: [], hidden: { values: 1, count: 10 } });
  });

  test.each([
    ["EW EMER.", 1, true],
    ["SURGICAL SAME DAY ADMISSION", 1, true],
    ["KH", 1, false],
    ["KH", 2, true],
  ])("%s of %i people: %s", (code, people, shown) => {
    const counter = new Counter();
    for (let i = 0; i < 5; i++) counter.add({ system: "urn:x", code }, `p${i % people}`);
    expect(counter.values().shown.length === 1).toBe(shown);
  });

  test("a class that is not shown does not come into the config, and that is said", async () => {
    const { yaml, notes } = await of(...many(5, { class: { system: "urn:x", code: "Smith, John" } }));
    expect(yaml).not.toContain("Smith");
    expect(notes.join()).toMatch(/is not shown/);
    expect(notes.join()).not.toContain("Smith");
  });

  test("a system that looks like somebody's number is not shown", async () => {
    const found = await of(...many(5, { class: { system: "http://h/patient/1234567", code: "KH" } }));
    expect(JSON.stringify(found)).not.toContain("1234567");
  });
});

describe("what was read", () => {
  const three = [
    { resourceType: "Patient", id: "p1", name: [{ text: 'a "quoted" \\ { [ name' }] },
    {
      resourceType: "Encounter",
      id: "e1",
      subject: { reference: "Patient/p1" },
      partOf: { reference: "Encounter/e9" },
    },
    { resourceType: "Observation", id: "o1" },
  ];
  const bundle = {
    resourceType: "Bundle",
    entry: [
      ...three.map((resource) => ({ resource })),
      { request: { method: "DELETE", url: "Patient/x" } },
      {
        fullUrl: "urn:uuid:7",
        resource: { resourceType: "Bundle", entry: [{ resource: { resourceType: "Patient", id: "p2" } }] },
      },
    ],
  };
  const typesOf = ({ resources }: Profile): Record<string, number> =>
    Object.fromEntries(resources.map(({ type, count }) => [type, count]));
  const all = { Patient: 1, Encounter: 1, Observation: 1 };

  test.each<[string, string | Uint8Array]>([
    ["NDJSON", ndjson(three)],
    ["with BOM, CRLF and blank lines", `\uFEFF${ndjson(three).replaceAll("\n", "\r\n\r\n")}`],
    ["without an end of line", ndjson(three).trimEnd()],
    ["an array", JSON.stringify(three)],
    ["pretty-printed, one after the other", three.map((one) => JSON.stringify(one, null, 2)).join("\n")],
    ["gzip", gzipSync(ndjson(three))],
    ["gzip of several members", Buffer.concat(three.map((one) => gzipSync(ndjson([one]))))],
    [
      "zip",
      zipSync({
        "a/b.ndjson": Buffer.from(ndjson(three.slice(0, 2))),
        "c.json": Buffer.from(JSON.stringify(three[2])),
        "read.me": Buffer.from("x"),
      }),
    ],
  ])("%s", async (_, content) => {
    const found = await profiled(put(content));
    expect([typesOf(found), found.broken]).toEqual([all, 0]);
  });

  test("a Bundle, its deletions and the Bundle in it", async () => {
    const found = await profiled(put(JSON.stringify(bundle, null, 1), "bundle.json"));
    expect([typesOf(found), found.deletions]).toEqual([{ ...all, Patient: 2 }, 1]);
  });

  test("however the text is cut, and however little is held", () => {
    const text = `${ndjson(three)}${JSON.stringify(bundle, null, 1)}\n${JSON.stringify(three)}\n`;
    const read = (pieces: readonly string[], most?: number): string[] => {
      const documents = new Documents(most);
      return [...pieces.flatMap((piece) => [...documents.feed(piece)]), ...documents.end()].map((piece) =>
        piece.kind === "resource" ? String(piece.id) : piece.kind,
      );
    };
    const whole = read([text]);
    expect(whole).toHaveLength(11);
    const cut = fc
      .array(fc.nat(text.length), { maxLength: 12 })
      .map((at) => [0, ...at.toSorted((a, b) => a - b), text.length]);
    fc.assert(
      fc.property(cut, fc.constantFrom(20, 100, undefined), (at, most) => {
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
        expect(read(pieces, most)).toEqual(whole);
      }),
    );
  });

  test("a line that was cut off costs nothing but itself", async () => {
    const lines = ndjson(three).split("\n");
    for (const cut of [5, 20, 45, 60]) {
      const found = await profiled(put([lines[0], lines[0]?.slice(0, cut), lines[1], lines[2], ""].join("\n")));
      expect(found.broken, String(cut)).toBeGreaterThan(0);
      expect(typesOf(found), String(cut)).toEqual(all);
    }
  });

  test("an archive that was cut off counts as far as it goes; what is no FHIR is named", async () => {
    const long = gzipSync(ndjson(mimic(50, { local: true })));
    const found = await profiled(put(long.subarray(0, long.length - 500)), put("%PDF-1.7 \n{}"));
    expect(found.source).toMatchObject({ files: 2, damaged: 1, not_fhir: 1 });
    expect(typesOf(found)["Patient"]).toBeGreaterThan(0);
  });

  test("a folder, zips in it too", async () => {
    put(ndjson(three), "folder/a.ndjson");
    put(zipSync({ "b.ndjson": Buffer.from(ndjson([{ resourceType: "Patient", id: "p9" }])) }), "folder/b.zip");
    put("notes", "folder/notes.txt");
    const found = await profiled(join(folder, "folder"));
    expect(typesOf(found)).toEqual({ ...all, Patient: 2 });
    expect(found.source).toMatchObject({ left_out: 1 });
  });

  test("references that resolve, wherever their target stands; versions and copies", async () => {
    const found = await of(
      {
        resourceType: "Condition",
        id: "c",
        subject: { reference: "https://h/fhir/Patient/p/_history/2" },
        encounter: { reference: "Encounter/gone" },
      },
      { resourceType: "Patient", id: "p" },
      { resourceType: "Patient", id: "p" },
      { resourceType: "Patient", id: "p", active: true },
    );
    const [subject, at] = ["Condition.subject", "Condition.encounter"].map((from) =>
      found.references.find((one) => one.from === from),
    );
    expect([subject?.resolved, subject?.forms, at?.resolved]).toEqual([1, { URL: 1 }, null]);
    expect(found.resources.find(({ type }) => type === "Patient")).toMatchObject({
      count: 3,
      ids: 1,
      further_versions: 2,
    });
    expect(found.identical).toBe(1);
  });

  test.each([
    ["Patient/x", "x"],
    ["http://h/Patient/x/_history/3", "x"],
    ["urn:uuid:x", "x"],
    ["Patient?identifier=http://s|x", "x"],
    ["#x", undefined],
    ["Group/x", undefined],
  ])("the id behind %s is %s", (reference, id) => expect(referenceOf({ reference }, "Patient")?.id).toBe(id));

  test.each([
    ["2024-05-01", "date"],
    ["2024-05", "partial"],
    ["2024-05-01T10:00:00", "no offset"],
    ["2024-05-01T10:00:00.123456+0200", "offset"],
    ["2024-02-30", "malformed"],
    ["soon", "malformed"],
  ])("%s is of precision %s", (written, precision) => expect(writtenTime(written)?.precision).toBe(precision));

  test("dispositions are read as the jobs read them", () => {
    const python = readFileSync(join(import.meta.dirname, "../../../glue-scripts/metriccare_etl/extract.py"), "utf8");
    for (const [name, kind] of [
      ["EXPIRED", "expired"],
      ["AMA", "ama"],
      ["TRANSFER_ACUTE", "transfer_acute"],
    ] as const) {
      const words = [
        ...(new RegExp(`^${name} = frozenset\\(\\((.*)\\)\\)$`, "m").exec(python)?.[1] ?? "").matchAll(/"([^"]+)"/g),
      ];
      expect(words.length).toBeGreaterThan(2);
      for (const [, word = ""] of words) expect(dispositionKind(word.toUpperCase())).toBe(kind);
    }
    expect([dispositionKind("020"), dispositionKind("HOME")]).toEqual(["expired", "other"]);
  });

  test("a set of hashes is a set", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const ids = new Ids();
        for (const word of words) ids.add(hashOf(word));
        expect(ids.size).toBe(new Set(words).size);
        expect(words.every((word) => ids.has(hashOf(word)))).toBe(true);
      }),
    );
  });
});
