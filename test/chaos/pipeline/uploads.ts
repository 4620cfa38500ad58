import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { repository } from "../../harness/project.ts";

/** One PUT of one key. Uploads of a key happen in the order of the list. */
export interface Upload {
  readonly key: string;
  readonly body: Buffer;
}

type Random = () => number;
type Resource = Readonly<Record<string, unknown>>;
const KINDS = ["Patient", "Encounter", "Condition"] as const;
type Kind = (typeof KINDS)[number];
type Sample = Readonly<Record<Kind, readonly Resource[]>>;

const isResource = (value: unknown): value is Resource => typeof value === "object" && value !== null;

function resources(kind: Kind): Resource[] {
  const text = readFileSync(join(repository, "test", "fhir-sample", `${kind}.000.ndjson`), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))
    .filter(isResource);
}

/** The sample that `test/fhir-sample` ships. */
export const wholeSample = (): Sample => ({
  Patient: resources("Patient"),
  Encounter: resources("Encounter"),
  Condition: resources("Condition"),
});

export const pick = <T>(random: Random, some: readonly T[]): T => {
  const found = some[Math.floor(random() * some.length)];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
};

export function shuffled<T>(random: Random, some: readonly T[]): T[] {
  return some
    .map((one) => [random(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);
}

const subjectOf = (resource: Resource): string => {
  const subject = resource["subject"];
  return isResource(subject) ? String(subject["reference"]).replace(/^Patient\//, "") : "";
};

const isStay = (resource: Resource): boolean => isResource(resource["class"]) && resource["class"]["code"] === "IMP";

/** All patients, every stay of some of them, and a few visits and diagnoses: small enough for many runs, with measures that count. */
function some(random: Random, all: Sample): Sample {
  const stays = shuffled(random, all.Encounter.filter(isStay)).slice(0, 20);
  const visits = shuffled(
    random,
    all.Encounter.filter((one) => !isStay(one)),
  ).slice(0, 12);
  const known = new Set([...stays, ...visits].map(subjectOf));
  const conditions = shuffled(
    random,
    all.Condition.filter((one) => known.has(subjectOf(one))),
  );
  return { Patient: all.Patient, Encounter: [...stays, ...visits], Condition: conditions.slice(0, 20) };
}

function pieces<T>(random: Random, list: readonly T[], count: number): T[][] {
  const cut: T[][] = Array.from({ length: count }, () => []);
  for (const one of list) cut[Math.floor(random() * count)]?.push(one);
  return cut.filter((piece) => piece.length > 0);
}

/** Another version of a resource: what the measures count of it changes. */
function changed(random: Random, kind: Kind, resource: Resource, lastUpdated: string | undefined): Resource {
  const meta = isResource(resource["meta"]) ? resource["meta"] : {};
  const next = { ...resource, meta: lastUpdated === undefined ? meta : { ...meta, lastUpdated } };
  if (kind === "Patient")
    return { ...next, birthDate: `19${10 + Math.floor(random() * 80)}-0${pick(random, [1, 5, 9])}-11` };
  if (kind === "Condition")
    return { ...next, onsetDateTime: `20${10 + Math.floor(random() * 12)}-03-04T05:06:07-05:00` };
  return { ...next, status: pick(random, ["entered-in-error", "in-progress", "finished", "cancelled"]) };
}

interface Shape {
  readonly name: string;
  write(lines: readonly Resource[]): Buffer;
}

const ndjson = (lines: readonly Resource[]): Buffer =>
  Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
const SHAPES: readonly Shape[] = [
  { name: "ndjson", write: ndjson },
  { name: "ndjson", write: ndjson },
  { name: "ndjson.gz", write: (lines) => gzipSync(ndjson(lines)) },
  {
    name: "json",
    write: (lines) =>
      Buffer.from(
        JSON.stringify({
          resourceType: "Bundle",
          type: "collection",
          entry: lines.map((resource) => ({ resource })),
        }),
      ),
  },
];

/** Keys as people name files: folders, spaces, signs that S3's events encode. */
const FOLDERS = ["", "2023/", "ward a+b/", "Zürich & Co/"];

interface File {
  readonly kind: Kind;
  readonly key: string;
  readonly shape: Shape;
  readonly lines: readonly Resource[];
}

function files(random: Random, sample: Sample): File[] {
  return KINDS.flatMap((kind) =>
    pieces(random, sample[kind], kind === "Encounter" ? 3 : 2).map((lines, at) => {
      const shape = pick(random, SHAPES);
      return { kind, key: `fhir/${pick(random, FOLDERS)}${kind}.${at}.${shape.name}`, shape, lines };
    }),
  );
}

/** Later contents of a file: other versions, the first content again, the same content again. */
function laterContents(random: Random, file: File): Buffer[] {
  const first = file.shape.write(file.lines);
  const dice = random();
  if (dice < 0.4) return [];
  const edit = (share: number, lastUpdated?: string): Buffer =>
    file.shape.write(
      file.lines.map((line) => (random() < share ? changed(random, file.kind, line, lastUpdated) : line)),
    );
  if (dice < 0.55) return [first];
  if (dice < 0.7) return [edit(0.3), first];
  if (dice < 0.85) return [edit(0.2, "2024-02-01T00:00:00Z"), edit(0.5), edit(0.4)];
  return [edit(0.5)];
}

/** Files that are no FHIR, or not only. They must fail, or be read in part, and never hold up the others. */
function oddFiles(random: Random, sample: Sample): Upload[] {
  const line = JSON.stringify(pick(random, sample.Encounter));
  const good = JSON.stringify(changed(random, "Patient", pick(random, sample.Patient), "2024-06-01T00:00:00Z"));
  const all: Upload[] = [
    { key: "fhir/empty.ndjson", body: Buffer.alloc(0) },
    { key: "fhir/odd/cut off.ndjson", body: Buffer.from(`${good}\n${line.slice(0, line.length / 2)}\n`) },
    { key: "fhir/odd/nothing readable.ndjson", body: Buffer.from(`${line.slice(3)}\n${line.slice(5)}\n`) },
  ];
  return shuffled(random, all).slice(0, 2);
}

/**
 * Files and their overwrites, in the order in which they are put. One seed, one list. Resources that stand in two files
 * carry `lastUpdated`: without it the later upload wins, and S3 tells lost uploads apart by the second only.
 */
export function uploadsOf(random: Random): Upload[] {
  const sample = some(random, wholeSample());
  const made = files(random, sample);
  const second = pick(random, made);
  const elsewhere: Upload = {
    key: "fhir/again/corrections.ndjson",
    body: ndjson(
      second.lines
        .slice(0, 4)
        .map((line) => changed(random, second.kind, line, pick(random, ["2020-01-01", "2025-01-01"]) + "T00:00:00Z")),
    ),
  };
  const queues = [
    ...made.map((file) =>
      [file.shape.write(file.lines), ...laterContents(random, file)].map((body) => ({ key: file.key, body })),
    ),
    [elsewhere],
    ...oddFiles(random, sample).map((one) => [one]),
  ];
  const order: Upload[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const next = pick(
      random,
      queues.filter((queue) => queue.length > 0),
    ).shift();
    if (next) order.push(next);
  }
  return order;
}

/** What of the sample must be seen nowhere but in the files and the tables: ids, names, addresses, numbers of people. */
export function secretsOf(sample: Sample): string[] {
  const found = new Set<string>();
  for (const kind of KINDS) for (const resource of sample[kind]) found.add(String(resource["id"]));
  const walk = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, name);
    else if (isResource(value)) for (const [inner, one] of Object.entries(value)) walk(one, inner);
    else if (typeof value === "string" && SECRET_FIELDS.has(name) && value.length > 5) found.add(value);
  };
  for (const patient of sample.Patient) walk(patient, "");
  return [...found];
}

const SECRET_FIELDS = new Set([
  "family",
  "given",
  "value",
  "line",
  "city",
  "birthDate",
  "deceasedDateTime",
  "reference",
]);
