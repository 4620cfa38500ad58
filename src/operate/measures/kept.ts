import { z } from "zod";
import type { AwsContext } from "../../aws/context.ts";
import { inTable, type OpenTable } from "../hudi/find.ts";
import { isRecord } from "../hudi/progress.ts";
import type { DataFile } from "../hudi/timeline.ts";
import type { TableRow } from "../hudi/read.ts";
import { command } from "../next.ts";
import { OperateProblem } from "../problem.ts";

/** The jobs' own table of what is kept of each person, beside Silver's (`metriccare_etl/stays_table.py`). */
export const KEPT = "stays";

const text = z
  .string()
  .nullish()
  .transform((found) => found ?? null);
const time = (length: number) =>
  z
    .date()
    .nullish()
    .transform((found) => found?.toISOString().slice(0, length) ?? null);
const day = time(10);
const instant = time(19).transform((found) => (found === null ? null : `${found}Z`));
const count = z.union([z.number(), z.bigint()]).transform(Number);
/** Hudi writes lists in two levels: read back, an empty one is null, and one of structs stands in a member `array`. */
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((found) => (isRecord(found) && "array" in found ? found["array"] : (found ?? [])), z.array(item));
const texts = list(z.string());

const encounter = z.object({
  id: z.string(),
  patient_id: text,
  part_of: text,
  start_ts: instant,
  start_date: day,
  end_ts: instant,
  end_date: day,
  disp: text,
  facility: z.string(),
  planned: z.boolean(),
  closed: z.boolean(),
  status: text,
  status_code: text,
  reason: text,
});
const stay = z.object({
  stay_id: z.string(),
  admit_date: day,
  discharge_date: day,
  planned: z.boolean(),
  disp: text,
  facility: z.string(),
  death_date: day,
  encounter_ids: texts,
  // Never empty, and what older versions of the jobs lack.
  joined: z.array(z.string()).min(1),
  discharge_id: z.string(),
  held_ids: texts,
  continued: z.boolean(),
  midnights: count,
  los_days: count,
  conflict: z.boolean(),
  died: z.boolean(),
  vital_unknown: z.boolean(),
  age65plus: z.boolean(),
});
const infection = z.object({
  id: z.string(),
  encounter_id: text,
  category: z.string(),
  onset: day,
  stay_id: text,
  outcome: z.string(),
  detail: text,
});
const figures = z.object({
  stay_id: text,
  adds: list(z.object({ measure: z.string(), hits: count, at_risk: count, rule: text, what: text, by_id: text })),
});
const basis = z.object({
  silver: z.record(z.string(), z.string().nullable()),
  parameters: z.record(z.string(), z.unknown()),
  rules: z.string(),
  number: z.number(),
  whole: z.number(),
  merged: z.number().nullish(),
});

export type KeptEncounter = z.output<typeof encounter>;
export type KeptStay = z.output<typeof stay>;
export type KeptInfection = z.output<typeof infection>;
export type KeptFigures = z.output<typeof figures>;

/** What is kept of one person. */
export interface KeptPerson {
  /** Who it is; null where an encounter names nobody. */
  readonly patient: string | null;
  readonly encounters: readonly KeptEncounter[];
  readonly stays: readonly KeptStay[];
  readonly infections: readonly KeptInfection[];
  readonly figures: readonly KeptFigures[];
}

/** What the newest commit of the table stands on. */
export interface Basis {
  readonly instant: string;
  readonly silver: Readonly<Record<string, string | null>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly rules: string;
}

export interface Kept extends Basis {
  /** Persons by the id of an encounter that was asked for; one that is no inpatient encounter is not there. */
  readonly persons: ReadonlyMap<string, KeptPerson>;
}

/** Of a person who was computed anew the rows of the last time count. */
const NOTED = "person";

/** What is kept of the persons whose encounters these are; undefined where nothing is kept, or nothing says on what it stands. */
export async function readKept(ctx: AwsContext, silver: string, ids: readonly string[]): Promise<Kept | undefined> {
  return inTable(ctx, `s3://${silver}/${KEPT}/`, async (table) => {
    const said = basis.safeParse(jsonOf(await table.said("basis")));
    if (!said.success) return undefined;
    const asked = new Set(ids);
    const found = await table.rows(["id"], ({ id }) => asked.has(String(id)), of("encounter"));
    const whose = new Set(found.map(({ person }) => String(person)));
    const counting = await countingRows(table, whose, said.data.number === said.data.whole);
    const owners = found.filter(counting).map(({ id, person }) => [String(id), String(person)] as const);
    const persons = await personsOf(ctx, table, new Set(owners.map(([, person]) => person)), counting);
    return {
      instant: table.instant,
      ...said.data,
      persons: new Map(
        owners.flatMap(([id, person]) => {
          const one = persons.get(person);
          return one ? [[id, one] as const] : [];
        }),
      ),
    };
  });
}

function jsonOf(said: string | undefined): unknown {
  try {
    return JSON.parse(said ?? "null");
  } catch {
    return null;
  }
}

const of =
  (kind: string) =>
  ({ partition }: DataFile): boolean =>
    partition === `kind=${kind}`;

/** Which rows of these persons count, as `StaysTable.rows` chooses them. */
async function countingRows(
  table: OpenTable,
  persons: ReadonlySet<string>,
  whole: boolean,
): Promise<(row: TableRow) => boolean> {
  if (whole) return () => true;
  const newest = new Map<string, number>();
  for (const { person, number } of await table.rows(["person"], (row) => persons.has(String(row["person"])), of(NOTED)))
    newest.set(String(person), Math.max(newest.get(String(person)) ?? 0, Number(number)));
  return ({ person, number }) => (newest.get(String(person)) ?? Number(number)) === Number(number);
}

async function personsOf(
  ctx: AwsContext,
  table: OpenTable,
  persons: ReadonlySet<string>,
  counting: (row: TableRow) => boolean,
): Promise<Map<string, KeptPerson>> {
  const rows = async <T>(kind: string, shape: z.ZodType<T>): Promise<readonly (readonly [string, T])[]> => {
    const wanted = ({ person, number }: TableRow): boolean =>
      persons.has(String(person)) && counting({ person, number });
    const found = await table.rows(["person", "number"], wanted, of(kind));
    return found.map((row) => [String(row["person"]), parsed(ctx, shape, row[kind])] as const);
  };
  const [encounters, stays, infections, adds] = [
    await rows("encounter", encounter),
    await rows("stay", stay),
    await rows("infection", infection),
    await rows("figures", figures),
  ];
  const theirs = <T>(all: readonly (readonly [string, T])[], person: string): T[] =>
    all.flatMap(([whose, one]) => (whose === person ? [one] : []));
  return new Map(
    [...persons].map((person) => {
      const own = theirs(encounters, person);
      return [
        person,
        {
          patient: own[0]?.patient_id ?? null,
          encounters: own,
          stays: theirs(stays, person),
          infections: theirs(infections, person),
          figures: theirs(adds, person),
        },
      ];
    }),
  );
}

/** A row of another version of the jobs says too little. */
function parsed<T>(ctx: AwsContext, shape: z.ZodType<T>, value: unknown): T {
  const found = shape.safeParse(value);
  if (found.success) return found.data;
  throw new OperateProblem(
    "kept_otherwise",
    "What is kept of stays was written by another version of the jobs, which says less of each stay",
    `${command(ctx, "apply")}, then ${command(ctx, "run-workflow")}: it computes all stays anew`,
  );
}
