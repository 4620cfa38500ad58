import { DateTime, Executor, Interval } from "cql-execution";
import { PatientSource } from "cql-exec-fhir";
import { z } from "zod";
import { compiled, libraryOf, textsOf } from "./compile.ts";

/** Relative to the project, where scripts and tests run. */
const FOLDERS = ["docs/cql", "scripts/cql"];

/** What a patient's record holds, in FHIR's JSON. */
export type Resource = { readonly resourceType: string; readonly id: string };

const count = z.number().int();
const answers = z.array(
  z.object({
    stay: z.string(),
    facility: z.string(),
    discharge: z.string(),
    age65plus: z.boolean(),
    figures: z.array(z.object({ name: z.string(), numerator: count, denominator: count })),
  }),
);
const texts = z.array(z.string());
const categories = z.array(z.object({ name: z.string(), firstDay: count, icd10: texts, snomed: texts }));
const result = z.object({ Answers: answers, Continued: texts, Categories: categories });
export type Answers = z.infer<typeof result>;

/** Runs the libraries of `docs/cql` over records: a list of resources a patient, the Patient among them. */
export async function answersOf(
  records: readonly (readonly Resource[])[],
  asOf: string,
  parameters: Readonly<Record<string, readonly string[]>> = {},
): Promise<Answers> {
  const library = libraryOf(compiled(textsOf(FOLDERS)), "Answers");
  const period = new Interval(utc(`1900-01-01T00:00:00.000`), utc(`${asOf}T23:59:59.999`));
  const source = PatientSource.FHIRv401();
  source.loadBundles(
    records.map((record) => ({ resourceType: "Bundle", entry: record.map((resource) => ({ resource })) })),
  );
  const { patientResults } = await new Executor(library, undefined, {
    "Measurement Period": period,
    ...parameters,
  }).exec(source, utc(`${asOf}T12:00:00.000`));
  const found = Object.values(patientResults).map((one) => result.parse(one));
  return {
    Answers: found.flatMap((one) => one.Answers),
    Continued: found.flatMap((one) => one.Continued),
    Categories: found[0]?.Categories ?? [],
  };
}

function utc(text: string): DateTime {
  const found = DateTime.parse(`${text}+00:00`);
  if (found === null) throw new Error(`${text} is no time`);
  return found;
}
