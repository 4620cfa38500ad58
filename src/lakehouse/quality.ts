import { z } from "zod";
import builtIn from "../../glue-scripts/metriccare_etl/schemas/quality.json" with { type: "json" };
import type { PolicyStatement } from "../services/iam/props.ts";
import { isDate } from "./measures.ts";
import { STAYS_MEASURE } from "./registry.ts";
import type { JobConfig } from "./sections.ts";

/** Quality checks: those that are built in and those of one's own, in SQL. Silver's jobs count, one Gold job concludes. */

const id = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "lower case letters, digits and _, a letter first");

const checkSection = z.strictObject({
  level: z
    .enum(["error", "warning", "off"])
    .default("warning")
    .describe("error: a run whose check fails has the verdict `failed`. What it has written stays."),
  sql: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Of a check of your own: one SELECT over Silver (`patient`, `encounter`, `condition`). Each row that it answers is one that fails; rows are counted, never shown.",
    ),
  maxShare: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("Share of rows that may fail (references, dates, order, duplicates, completeness). Default: 0."),
  earliest: z
    .string()
    .refine(isDate, "a date such as 1900-01-01")
    .optional()
    .describe("dates: the first day that is plausible. Default: 1900-01-01."),
  maxAgeDays: z
    .number()
    .positive()
    .max(3660)
    .optional()
    .describe("freshness: days without a change of Silver. Default: 7."),
  factor: z
    .number()
    .gt(1)
    .max(1000)
    .optional()
    .describe("volume: times more or fewer rows than the median of the last 30 runs. Default: 5."),
});

/** Checks by id; an id that is built in changes that check. */
export const qualitySection = z.record(id, checkSection);
type CheckConfig = z.output<typeof checkSection>;

export type BuiltIn = keyof typeof builtIn.checks;
export const BUILT_IN: readonly BuiltIn[] = keysOf(builtIn.checks);
export const isBuiltIn = (one: string): one is BuiltIn => Object.hasOwn(builtIn.checks, one);

function keysOf<T extends object>(one: T): (keyof T & string)[] {
  return Object.keys(one).filter((key): key is keyof T & string => Object.hasOwn(one, key));
}

/** Which of the settings a check has. */
export const SETTINGS: Readonly<Record<BuiltIn, readonly (keyof CheckConfig)[]>> = {
  references: ["maxShare"],
  dates: ["maxShare", "earliest"],
  order: ["maxShare"],
  duplicates: ["maxShare"],
  completeness: ["maxShare"],
  freshness: ["maxAgeDays"],
  volume: ["factor"],
};

/** What the checks are called in AWS: the table of results, the property of a run. */
export const QUALITY_TABLE = builtIn.table;
export const QUALITY_PROPERTY = builtIn.property;

/** What people read of a built-in check. */
export const titleOf = (check: string): string => (isBuiltIn(check) ? builtIn.checks[check].title : check);

interface Config {
  readonly pipeline: "fhir" | "none";
  readonly quality: Readonly<Record<string, CheckConfig>>;
  readonly jobs: Readonly<Record<string, Pick<JobConfig, "layer" | "measure">>>;
}

type Checks = Readonly<Record<string, CheckConfig>>;

/** The checks that are asked for. Without a pipeline of ours they are where the config names any. */
export function askedFor({ pipeline, quality }: Omit<Config, "jobs">): Checks {
  const written = Object.entries(quality);
  if (pipeline === "none" && written.length === 0) return {};
  const first = BUILT_IN.map((one) => [one, quality[one] ?? checkSection.parse({})] as const);
  const own = written.filter(([one]) => !isBuiltIn(one));
  return Object.fromEntries([...first, ...own].filter(([, { level }]) => level !== "off"));
}

/** The checks that are made: of those that nobody concludes, none. */
export const checksOf = (config: Config): Checks =>
  Object.values(config.jobs).some(concludes) ? askedFor(config) : {};

/** The job that concludes: the one that makes the stays runs once, when all of Silver is there. */
export const concludes = (job: Pick<JobConfig, "layer" | "measure">): boolean =>
  job.layer === "gold" && job.measure === STAYS_MEASURE;

/** Whether one of these jobs concludes checks: it tells the run, and CloudWatch. */
export const tellsRuns = (config: Config, jobs: readonly (readonly [string, JobConfig])[]): boolean =>
  jobs.some(([, job]) => concludes(job)) && Object.keys(checksOf(config)).length > 0;

/** What they found, as numbers: metrics have no resource to name, so the namespace bounds them. */
export const QUALITY_METRICS: PolicyStatement = {
  Sid: "PutQualityMetrics",
  Effect: "Allow",
  Action: ["cloudwatch:PutMetricData"],
  Resource: ["*"],
  Condition: { StringEquals: { "cloudwatch:namespace": builtIn.namespace } },
};

/** Silver's jobs count, whatever the level is: another level changes one job. */
function counted(checks: Checks): object {
  const counts = Object.entries(checks).filter(([one]) => isBuiltIn(one) && one !== "references");
  return Object.fromEntries(counts.map(([one, { earliest }]) => [one, earliest === undefined ? {} : { earliest }]));
}

/** Arguments of a job that checks. */
export function qualityArguments(config: Config, job: JobConfig, environment: string): Record<string, string> {
  const checks = checksOf(config);
  if (Object.keys(checks).length === 0) return {};
  if (job.layer === "silver") return { "--quality": argument(counted(checks)) };
  return concludes(job) ? { "--quality": argument(checks), "--quality_environment": environment } : {};
}

/** JSON without two braces in a row: what starts Spark on a cluster takes `{{` and `}}` for words of its own. */
const argument = (value: object): string =>
  JSON.stringify(value)
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, (text) => text.replaceAll("{", "\\u007b").replaceAll("}", "\\u007d"))
    .replaceAll("}}", "} }")
    .replaceAll("{{", "{ {");
