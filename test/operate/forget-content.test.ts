import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { isTheirs, opened, type Unit, unitsOf, without, wordsOf } from "../../src/operate/forget/content.ts";
import { concerns, isOf, learn, namedBy, unknownPerson, type Person } from "../../src/operate/forget/person.ts";

const patient = (id: string, more: object = {}): object => ({ resourceType: "Patient", id, ...more });
const of = (type: string, id: string, subject: string, more: object = {}): object => ({
  resourceType: type,
  id,
  subject: { reference: subject },
  ...more,
});
const link = (other: string, type = "replaced-by"): object => ({ link: [{ type, other: { reference: other } }] });

/** Who one is, after everything has been looked at as often as it takes. */
function known(id: string, resources: readonly object[]): Person {
  const person = unknownPerson();
  person.patients.add(id);
  for (let more = true; more;)
    more = resources.map((one) => learn(person, one as Record<string, unknown>)).some(Boolean);
  return person;
}

describe("who a person is", () => {
  test.each([
    ["Patient/p", "Patient", "p"],
    ["https://x.example/fhir/Patient/p/_history/3", "Patient", "p"],
    ["urn:uuid:p", null, "p"],
    ["Patient?identifier=https://x.example/id|p", "Patient", "p"],
    ["Patient?identifier=s%7Cp", "Patient", "p"],
  ])("%s names somebody", (reference, kind, id) => {
    expect(namedBy(reference)).toMatchObject({ kind, id });
  });

  test.each(["#p", "", "p"])("%j names unknownPerson", (reference) => {
    expect(namedBy(reference)).toBeUndefined();
  });

  test("links make one person, in both directions and over chains; what has them as subject is theirs", () => {
    const person = known("b", [
      of("Encounter", "e", "urn:uuid:z"),
      patient("z", link("Patient/a")),
      patient("a", link("Patient/b")),
      patient("b", { identifier: [{ value: "MRN-1" }] }),
      of("Condition", "c", "Patient?identifier=s|MRN-1"),
      of("Encounter", "other", "Patient/x"),
      patient("x"),
    ]);
    expect([...person.patients].toSorted()).toEqual(["a", "b", "z"]);
    expect([...person.encounters, ...person.conditions]).toEqual(["e", "c"]);
  });

  test("what refers to them is theirs, whatever its type; what names another patient is that one's", () => {
    const person = known("p", [patient("p"), of("Encounter", "e", "Patient/p")]);
    expect(concerns(person, of("Observation", "o", "Patient/p") as Record<string, unknown>)).toBe(true);
    expect(concerns(person, { resourceType: "Condition", id: "c", encounter: { reference: "Encounter/e" } })).toBe(
      true,
    );
    const others = of("Condition", "c", "Patient/q", { encounter: { reference: "Encounter/e" } });
    expect(concerns(person, others as Record<string, unknown>)).toBe(false);
  });
});

test("an encounter that was moved to another patient stays that one's, and its deletions too", () => {
  const versions = [of("Encounter", "e", "Patient/p"), of("Encounter", "e", "urn:uuid:q")];
  const person = known("p", [patient("p"), ...versions]);
  const [theirs, others] = versions.map((one) => concerns(person, one as Record<string, unknown>));
  expect([theirs, others]).toEqual([true, false]);
  expect(isOf(person, "Encounter", "e")).toBe(false);
});

describe("a file without a person", () => {
  const person = known("p", [patient("p"), of("Encounter", "e", "Patient/p")]);
  const words = wordsOf(person);
  const gone = (unit: Unit): boolean => isTheirs(person, unit, words);
  const text = (...lines: readonly (object | string)[]): Buffer =>
    Buffer.from(lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));

  test("lines that go leave empty ones, so that all others keep their numbers, byte for byte", () => {
    const others = '{"resourceType":"Patient","id":"q","x":1.50,"big":12345678901234567890}';
    const found = without(text(patient("p"), others, of("Encounter", "e", "Patient/p"), '{"broken": p'), gone);
    expect(found.bytes?.toString()).toBe(`\n${others}\n\n`);
    expect(found).toMatchObject({ theirs: 3, others: 1 });
  });

  test("entries that go leave empty ones; a Bundle over several lines keeps its lines", () => {
    const bundle = {
      resourceType: "Bundle",
      entry: [
        { fullUrl: "urn:uuid:p", resource: { resourceType: "Patient" } },
        { resource: patient("q") },
        { request: { method: "DELETE", url: "Encounter/e" } },
        { resource: { resourceType: "Bundle", entry: [{ resource: of("Encounter", "e", "Patient/p") }] } },
      ],
    };
    const stored = Buffer.from(`${JSON.stringify(bundle, null, 2)}\n${JSON.stringify(patient("r"))}\n`);
    const { bytes = Buffer.from("") } = without(stored, gone);
    expect(bytes.toString().split("\n")).toHaveLength(stored.toString().split("\n").length);
    expect([...unitsOf(bytes)].filter(({ resource }) => resource).map(({ resource }) => resource?.["id"])).toEqual([
      "q",
      "r",
    ]);
    const entries = (
      JSON.parse(bytes.toString().slice(0, bytes.lastIndexOf('{"resourceType":"Patient","id":"r"'))) as typeof bundle
    ).entry;
    expect(entries).toHaveLength(4);
    expect(entries[0]).toEqual({});
  });

  test("elements of an array are replaced by resources that unknownPerson reads", () => {
    const found = without(Buffer.from(`[${JSON.stringify(patient("p"))}, ${JSON.stringify(patient("q"))}]`), gone);
    expect(JSON.parse(found.bytes?.toString() ?? "")).toEqual([{ resourceType: "Basic" }, patient("q")]);
  });

  test("what was zipped is zipped again; a mark of the byte order stays", () => {
    const found = without(
      gzipSync(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text(patient("p"), patient("q"))])),
      gone,
    );
    const plain = gunzipSync(found.bytes ?? Buffer.from(""));
    expect(plain.toString("utf8")).toBe(`\ufeff\n${JSON.stringify(patient("q"))}`);
    expect(opened(found.bytes ?? Buffer.from("")).zipped).toBe(true);
  });

  test("nothing of theirs: the file is left alone", () => {
    expect(without(text(patient("q"), patient("pp"), patient("p-2")), gone)).toEqual({
      bytes: undefined,
      theirs: 0,
      others: 3,
    });
  });
});
