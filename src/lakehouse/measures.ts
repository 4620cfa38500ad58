import { z } from "zod";
import { AGE_BANDS, STRATA } from "./strata.ts";

/** Whether Node, and so the IANA, knows a time zone by this name. */
export function isTimeZone(name: string): boolean {
  // The first calendar that a process asks for costs as much as a call to AWS.
  if (name === "UTC") return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whether a text is a day of the calendar, 2023-06-30. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** Values travel as one comma-separated job argument. */
const word = z
  .string()
  .min(1)
  .regex(/^[^,]+$/, "no comma in it");

/** Parameters of the measures: arguments of the Gold jobs. Results are only comparable under the same ones. */
export const measuresSection = z.strictObject({
  asOf: z
    .string()
    .refine((text) => text === "today" || isDate(text), "a date (2023-06-30) or today")
    .default("today")
    .describe(
      "Day that the data is complete up to; `today` is resolved by the job, and the schedule then sees to a run a day.",
    ),
  timeZone: z
    .string()
    .refine(isTimeZone, "a time zone such as UTC or America/Chicago")
    .default("UTC")
    .describe("Calendar that every date rule runs on."),
  inpatientClasses: z.array(word).min(1).default(["IMP", "ACUTE"]).describe("Encounter classes that are stays."),
  plannedPriorities: z.array(word).default(["EL"]).describe("Encounter priorities of planned admissions."),
  icd10Systems: z
    .array(word)
    .min(1)
    .default(["http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"])
    .describe("Code systems whose codes are read as ICD-10."),
  haiValueSet: z
    .string()
    .min(1)
    .default("glue-scripts/value-sets/hai.csv")
    .describe("CSV category,first_day,system,match,code; row order is category order."),
  strata: z
    .array(z.enum(STRATA))
    .refine((all) => new Set(all).size === all.length, "each of them once")
    .default([])
    .describe("What the figures are divided by besides facility, year and month; `measures --by` shows it."),
  ageBands: z
    .array(z.int().min(1).max(150))
    .min(1)
    .refine((all) => all.every((age, i) => i === 0 || age > (all[i - 1] ?? 0)), "each above the one before")
    .default([...AGE_BANDS])
    .describe("Ages in years at which a band of the stratum `age` begins, but for the first band."),
});
