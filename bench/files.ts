import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What every file of the benchmark looks like: one patient, a stay, another encounter and a condition of the sample. */
export interface Template {
  /** NDJSON with `@0@`, `@1@` … where an id stands. */
  readonly text: string;
  readonly ids: number;
}

interface Resource {
  readonly id: string;
  readonly subject?: { readonly reference?: string };
  readonly class?: { readonly code?: string };
}

function resources(repository: string, type: string): { readonly resource: Resource; readonly line: string }[] {
  const text = readFileSync(join(repository, "test", "fhir-sample", `${type}.000.ndjson`), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      // Our own sample: its shape is known.
      const resource = JSON.parse(line) as Resource;
      return { resource, line };
    });
}

/** Takes the first patient of the sample that has what it needs. */
export function template(repository: string): Template {
  const encounters = resources(repository, "Encounter");
  const conditions = resources(repository, "Condition");
  for (const patient of resources(repository, "Patient")) {
    const own = ({ resource }: { resource: Resource }): boolean =>
      resource.subject?.reference === `Patient/${patient.resource.id}`;
    const [stays, others] = [true, false].map((inpatient) =>
      encounters.filter((one) => own(one) && (one.resource.class?.code === "IMP") === inpatient).slice(0, 1),
    );
    const chosen = [patient, ...(stays ?? []), ...(others ?? []), ...conditions.filter(own).slice(0, 1)];
    if (chosen.length < 4) continue;
    const ids = chosen.map(({ resource }) => resource.id);
    const lines = chosen.map(({ line }) => ids.reduce((text, id, index) => text.replaceAll(id, `@${index}@`), line));
    return { text: `${lines.join("\n")}\n`, ids: ids.length };
  }
  throw new Error("the sample has no patient with a stay, another encounter and a condition");
}

/** The file with this number: ids as random as FHIR's, and the same ones in lake_fill.py. */
export function fileBody({ text, ids }: Template, number: number): string {
  let body = text;
  for (let index = 0; index < ids; index++) {
    const digest = createHash("md5").update(`${number}-${index}`).digest("hex");
    const uuid = digest.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    body = body.replaceAll(`@${index}@`, uuid);
  }
  return body;
}

const pad = (value: number, width: number): string => String(value).padStart(width, "0");

/** Key and generation of a file that counts as processed, as lake_fill.py has them. */
export function processedFile(
  bucket: string,
  number: number,
  firstMs: number,
): { key: string; generation: string; id: string } {
  const key = `fhir/bench/${pad(number, 7)}.ndjson`;
  const generation = `${pad(firstMs + number, 13)}-${number.toString(16).toUpperCase().padStart(24, "0")}`;
  return { key, generation, id: `${bucket}/${key}#${generation}` };
}
