import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import own from "../../glue-scripts/metriccare_etl/schemas/lakehouse.json" with { type: "json" };
import checks from "../../glue-scripts/metriccare_etl/schemas/quality.json" with { type: "json" };

/** Datasets that the ledger and the audits count by: those of the package that this program came with. */
export type Dataset = keyof typeof own.datasets;
export const DATASETS: readonly Dataset[] = keysOf(own.datasets);

function keysOf<T extends object>(one: T): (keyof T & string)[] {
  return Object.keys(one).filter((key): key is keyof T & string => Object.hasOwn(one, key));
}

const id = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "lower case letters, digits and _, a letter first");
const map = <T extends z.ZodType>(entry: T) => z.record(id, entry);

const datasetEntry = z.strictObject({
  resource: z.string().regex(/^[A-Z][A-Za-z]+$/, "a FHIR resource type"),
  key: id,
  columns: map(z.enum(["string", "boolean", "array<string>", "array<struct<system:string,code:string>>"])),
});

/** What a numerator or a denominator counts. */
const counted = z.enum(["stays", "days", "events"]);

const figureEntry = z.strictObject({
  title: z.string().min(1),
  unit: z.string().min(1),
  factor: z.number().positive(),
  decimals: z.int().min(0).max(12),
  counts: z.tuple([counted, counted]),
  /** Whether less or more of it is better, where that is known. */
  better: z.enum(["less", "more"]).optional(),
  /** Rules by which its query leaves stays out, in order. */
  leavesOut: z.array(id).default([]),
});

/** What Gold accounts for: rules by block in words, and those by which figures leave stays out. */
const accounting = z.strictObject({
  table: id,
  blocks: map(map(z.string().min(1))),
  leftOut: map(z.string().min(1)),
});

const measureEntry = z.strictObject({
  title: z.string().min(1),
  rules: z.array(z.string()).default([]),
  sql: z
    .string()
    .regex(/^[a-z][a-z0-9_]*\.sql$/, "a file of the folder sql")
    .optional(),
  table: id.optional(),
  datasets: z.array(z.string()).min(1),
  valueSet: z.boolean().default(false),
  accounts: z.array(z.enum(["encounters", "infections"])).default([]),
  together: z.boolean().default(false),
  /** What its stays add is events of M3, which have categories. */
  byCategory: z.boolean().default(false),
  /** Its query looks at one patient at a time: days after an admission or a discharge on which as-of changes its answer. */
  asOfDays: z.array(z.int().min(0).max(3660)).optional(),
  figures: map(figureEntry).refine((figures) => Object.keys(figures).length > 0, "at least one figure"),
});

const registryFile = z.strictObject({
  datasets: map(datasetEntry),
  cohorts: z.array(id).min(1),
  stays: id,
  /** In words; none where the jobs' package is too old to divide anything. */
  strata: map(z.string().min(1)).default({}),
  accounting: accounting.optional(),
  measures: map(measureEntry),
});

/** What one Gold job computes. */
export interface Measure extends Omit<z.output<typeof measureEntry>, "sql" | "table"> {
  readonly id: string;
  /** File of the package's folder `sql`. */
  readonly sql: string;
  readonly table: string;
}

/** One figure: a numerator over a denominator. */
interface Figure extends z.output<typeof figureEntry> {
  readonly id: string;
  /** Figures that are blanked when it is, itself among them: their rows share counts. */
  readonly bundle: readonly string[];
}

/**
 * Datasets, measures and figures by id, in the order in which they are shown. Source: `schemas/lakehouse.json` of the jobs'
 * package, which the jobs read as well.
 */
export interface Registry {
  readonly datasets: Readonly<Record<string, z.output<typeof datasetEntry>>>;
  readonly cohorts: readonly string[];
  readonly measures: ReadonlyMap<string, Measure>;
  readonly figures: ReadonlyMap<string, Figure>;
  /** The figure whose denominator is the number of stays of a group. */
  readonly stays: string;
  /** The rules of docs/measures.md in words; undefined where the jobs' package is too old to account for anything. */
  readonly accounting?: z.output<typeof accounting> | undefined;
}

/** What is wrong in a registry, by its place in the file. */
export interface Wrong {
  readonly at: string;
  readonly text: string;
}

/** A registry from parsed JSON, or what is wrong with it. */
export function registryFrom(said: unknown): Registry | readonly Wrong[] {
  const parsed = registryFile.safeParse(said);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => ({ at: issue.path.map(String).join("."), text: issue.message }));
  const wrong = clashes(parsed.data);
  return wrong.length > 0 ? wrong : built(parsed.data);
}

type File = z.output<typeof registryFile>;

function built({ datasets, cohorts, stays, measures, accounting: accounts }: File): Registry {
  const each = Object.entries(measures).map(([key, one]): Measure => ({
    ...one,
    id: key,
    sql: one.sql ?? `${key}.sql`,
    table: one.table ?? key,
  }));
  const figures = each.flatMap((one) =>
    Object.entries(one.figures).map(([key, figure]): Figure => ({
      ...figure,
      id: key,
      bundle: one.together ? Object.keys(one.figures) : [key],
    })),
  );
  return {
    datasets,
    cohorts,
    stays,
    accounting: accounts,
    measures: new Map(each.map((one) => [one.id, one])),
    figures: new Map(figures.map((one) => [one.id, one])),
  };
}

/** What the shape alone does not tell: names that lead nowhere, and names that are there twice. */
function clashes({ datasets, stays, measures, accounting: accounts }: File): Wrong[] {
  const figures = new Map<string, string>();
  const tables = new Map([[checks.table, "quality"], ...(accounts ? [[accounts.table, "accounting"] as const] : [])]);
  const taken = (names: Map<string, string>, name: string, what: string, at: string): Wrong[] => {
    const before = names.get(name);
    if (before === undefined) names.set(name, at);
    return before === undefined ? [] : [{ at, text: `the ${what} \`${name}\` is ${before}'s already` }];
  };
  const wrong = Object.entries(measures).flatMap(([key, one]) => [
    ...taken(tables, one.table ?? key, "table", `measures.${key}`),
    ...Object.keys(one.figures).flatMap((name) => taken(figures, name, "figure", `measures.${key}.figures.${name}`)),
    ...one.datasets
      .filter((name) => !Object.hasOwn(datasets, name))
      .map((name) => ({ at: `measures.${key}.datasets`, text: `there is no dataset \`${name}\`` })),
    ...(one.valueSet && !one.datasets.includes("condition")
      ? [{ at: `measures.${key}.valueSet`, text: "needs the dataset `condition`, whose codes are looked up in it" }]
      : []),
    ...(one.byCategory && !one.valueSet
      ? [{ at: `measures.${key}.byCategory`, text: "needs `valueSet`, whose categories they are" }]
      : []),
    ...(one.asOfDays !== undefined && !["patient", "encounter"].every((name) => one.datasets.includes(name))
      ? [
          {
            at: `measures.${key}.asOfDays`,
            text: "needs the datasets `patient` and `encounter`, which stays are made of",
          },
        ]
      : []),
    ...one.accounts
      .filter((name) => (name === "infections" ? !one.valueSet : !one.datasets.includes("encounter")))
      .map((name) => ({ at: `measures.${key}.accounts`, text: `it reads no ${name}` })),
  ]);
  return figures.has(stays) ? wrong : [...wrong, { at: "stays", text: `there is no figure \`${stays}\`` }];
}

/** That of the package that this program came with. */
export const OWN: Registry = whole(registryFrom(own));

function whole(found: Registry | readonly Wrong[]): Registry {
  if ("measures" in found) return found;
  throw new Error(`schemas/lakehouse.json: ${found.map(({ at, text }) => `${at}: ${text}`).join("; ")}`);
}

/** The measure whose job makes the stays that the others read: it counts them. */
export const STAYS_MEASURE = [...OWN.measures.values()].find(({ figures }) => Object.hasOwn(figures, OWN.stays))?.id;

/** An upload that is a package of the jobs, with a registry in it. */
export interface RegistryFile {
  readonly upload: string;
  /** Relative to the project folder. */
  readonly file: string;
  readonly found: Registry | readonly Wrong[];
}

interface Uploads {
  readonly uploads: Readonly<Record<string, { readonly source: string; readonly zip: boolean }>>;
}

/** The registry that the project's own package holds: a project may add measures. Undefined where it has none. */
export function registryFileOf({ uploads }: Uploads, projectDir: string): RegistryFile | undefined {
  for (const [upload, { source, zip }] of Object.entries(uploads)) {
    const file = join(source, "schemas", "lakehouse.json");
    const full = resolve(projectDir, file);
    if (zip && existsSync(full) && statSync(full).isFile()) return { upload, file, found: readRegistry(full) };
  }
  return undefined;
}

function readRegistry(full: string): Registry | readonly Wrong[] {
  const text = readFileSync(full, "utf8");
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    // V8's message quotes the text; the place is enough.
    return [{ at: "", text: "is no JSON" }];
  }
  const found = registryFrom(said);
  if (!("measures" in found)) return found;
  const folder = join(dirname(dirname(full)), "sql");
  const lost = [...found.measures.values()].filter(({ sql }) => !existsSync(join(folder, sql)));
  return lost.length === 0
    ? found
    : lost.map((one) => ({ at: `measures.${one.id}`, text: `its query sql/${one.sql} does not exist` }));
}

/** The project's registry, or ours where its package has none that can be read (which `validate` tells). */
export function registryOf(config: Uploads, projectDir: string): Registry {
  const found = registryFileOf(config, projectDir)?.found;
  return found !== undefined && "measures" in found ? found : OWN;
}
