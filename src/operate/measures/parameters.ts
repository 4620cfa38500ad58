import { createHash } from "node:crypto";
import type { AwsContext } from "../../aws/context.ts";
import { isRecord } from "../hudi/progress.ts";
import { getBytes, splitUrl } from "../hudi/store.ts";
import { isAbsent } from "../problem.ts";
import type { Measure } from "../../lakehouse/registry.ts";

/** What a Gold table was computed with, by the argument of its job that says it. Values as texts; lists are joined. */
type Parameters = Readonly<Record<string, string>>;

const LISTS = ["inpatient_classes", "planned_priorities", "icd10_systems"] as const;
const ICD = ["icd10_systems", "hai_value_set"] as const;
/** Absent where nothing is divided. */
const STRATA = "strata";
const BANDS = "age_bands";

const joined = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(",") : String(value));

/** The parameters that a commit says (`glue-scripts/metriccare_etl/gold.py`); undefined when it says none that can be read. */
export function parametersOf(said: string | undefined): Parameters | undefined {
  if (said === undefined) return undefined;
  const parsed: unknown = JSON.parse(said);
  if (isRecord(parsed)) return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, joined(value)]));
  if (!Array.isArray(parsed) || parsed.length < 5) return undefined;
  // A list in the order of older scripts: the version of the rules came first.
  const names = ["", "time_zone", "as_of", "inpatient_classes", "planned_priorities", ...ICD];
  return Object.fromEntries(parsed.flatMap((value, i) => (i > 0 && names[i] ? [[names[i], joined(value)]] : [])));
}

/** The arguments of a Gold job in AWS as parameters: what its next run will compute with. The value set by its content. */
export async function wantedOf(
  ctx: AwsContext,
  args: Readonly<Record<string, string>>,
  { valueSet }: Pick<Measure, "valueSet">,
  contents: ValueSets,
): Promise<Parameters> {
  const wanted: Record<string, string> = {};
  for (const [name, value] of Object.entries(args)) {
    const plain = name.replace(/^--/, "");
    if (plain === "as_of" || plain === "time_zone") wanted[plain] = value;
    if ((LISTS as readonly string[]).includes(plain)) wanted[plain] = words(value).join(",");
    if (plain === STRATA) wanted[plain] = words(value).toSorted().join(",");
    if (plain === BANDS) wanted[plain] = words(value).join(",");
  }
  // The other tables do not look at codes.
  if (!valueSet) for (const name of ICD) delete wanted[name];
  const place = args["--hai_value_set"];
  const content = valueSet && place !== undefined ? await contents.of(ctx, place) : undefined;
  return content === undefined ? wanted : { ...wanted, hai_value_set: content };
}

/** As the scripts read them (`metriccare_etl/args.py`). */
const words = (text: string): string[] =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);

/** Hashes of value sets, each read once. */
export class ValueSets {
  readonly #known = new Map<string, Promise<string | undefined>>();
  /** Undefined when it is not there: the job will say so. */
  of(ctx: AwsContext, url: string): Promise<string | undefined> {
    const known = this.#known.get(url) ?? contentHash(ctx, url);
    this.#known.set(url, known);
    return known;
  }
}

async function contentHash(ctx: AwsContext, url: string): Promise<string | undefined> {
  const { bucket, prefix } = splitUrl(url);
  try {
    return createHash("sha256")
      .update(await getBytes(ctx, bucket, prefix.replace(/\/$/, "")))
      .digest("hex");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** One day, in milliseconds. */
export const DAY_MS = 86_400_000;

/** What differs, in words; empty when the table stands on what its job has. */
export function differences(said: Parameters, wanted: Parameters, nowMs: number): string[] {
  return Object.entries({ [STRATA]: "", ...wanted }).flatMap(([name, value]) => {
    const has = name === STRATA ? (said[name] ?? "") : said[name];
    if (has === undefined || has === value) return [];
    if (name === "as_of" && value === "today")
      return daysOf(nowMs, wanted["time_zone"]).includes(has) ? [] : [`as_of ${has} -> today`];
    return [name === "hai_value_set" ? "the value set" : `${name} ${has || "(none)"} -> ${value || "(none)"}`];
  });
}

/** Today and yesterday of a calendar: until the day's run has come, yesterday's figures are the newest there are. */
function daysOf(nowMs: number, timeZone = "UTC"): string[] {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return [nowMs, nowMs - DAY_MS].map((at) => format.format(at));
}
