import { DATASETS } from "../../lakehouse/registry.ts";
import { firstOf, refusedFor, shapes } from "./shapes.ts";
import { CLASSES, CODES, CONDITIONS, MEASURED, OPERATIONS, OUR_FILES, PACKAGE } from "./words.ts";

/** `safe.log` of glue-scripts/metriccare_etl: what a job says at its end. */
const EVENTS = new Set(["bronze", "silver", "gold", "failed"]);

const INSTANT = /^20\d{12}(?:\d{3})?$/;
const one =
  (...words: readonly string[]) =>
  (text: string): boolean =>
    words.includes(text);

/** Texts among the fields, each by what it may be. */
const TEXTS: Readonly<Record<string, (text: string) => boolean>> = {
  as_of: (text) => /^\d{4}-\d\d-\d\d$/.test(text),
  outcome: one("written", "unchanged", "no_bronze"),
  accounting: one("written", "unchanged", "not_written"),
  bronze_instant: (text) => INSTANT.test(text),
  since: (text) => INSTANT.test(text),
  dataset: one(...DATASETS),
  quality: one("counted", "unchanged", "no_silver", "not_written"),
};

/** Counts by name: seconds of the parts of a job, encounters by the rule that left them out. */
const MAPS: Readonly<Record<string, ReadonlySet<string>>> = {
  seconds: new Set(["claiming", "planning", "ingesting", "marking", "reading", "writing"]),
  quality: new Set(["checks", "errors", "warnings"]),
  encounters: new Set(
    "closed open finished_without_end status orphan_patient bad_start starts_after_as_of end_before_start part_of_inpatient".split(
      " ",
    ),
  ),
};

function toldField(name: string, value: unknown): string | undefined {
  if (value === null) return name in TEXTS ? `${name}=none` : undefined;
  if (typeof value === "number") return MEASURED.has(name) ? `${name}=${value}` : undefined;
  if (typeof value === "string") return TEXTS[name]?.(value) ? `${name}=${value}` : undefined;
  const known = MAPS[name];
  if (!known || typeof value !== "object") return undefined;
  const parts = Object.entries(value).filter(([part, count]) => known.has(part) && typeof count === "number");
  return parts.length > 0 ? `${name}=${parts.map(([part, count]) => `${part}:${count}`).join(",")}` : undefined;
}

/** One of our jobs' JSON lines as `bronze files=3 rows=13`; fields that are not known are left out. */
export function ownEvent(text: string): string | undefined {
  if (!text.startsWith('{"') || !text.endsWith("}")) return undefined;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Cut off, or not JSON after all.
    return undefined;
  }
  const { event, job, error } = fields;
  if (typeof event !== "string" || !EVENTS.has(event) || typeof job !== "string") return undefined;
  if (event === "failed") return typeof error === "string" ? ownFailure(error) : undefined;
  const told = Object.entries(fields).flatMap(([name, value]) => toldField(name, value) ?? []);
  return [event, ...told].join(" ");
}

/** Texts of `Problem`: from the config and from counts. */
const PROBLEMS = shapes(`
  the Hudi table <*> has commits and no <*>: restore it from an older version
  HAI value set: the first line must be <*>
  HAI value set, line <n>: <n> values are needed
  HAI value set, line <n>: first_day must be a whole number from 1
  HAI value set, line <n>: match must be prefix or code
  HAI value set, line <n>: another first_day than before for this category
  time_zone: <*> is not an IANA time zone
  as_of: <*> is neither a date (YYYY-MM-DD) nor today
  hai_value_set: <*> cannot be read
  forget: <*> cannot be read: start \`metriccare forget\` again
  measure: there is no <*>; there are <*>
  the jobs' package has no file <*>
  the registry <*> cannot be read: <*>; metriccare validate says where
  the measure's query <*> reads <*>; by its entry it can read <*>
  the measure's query <*>: a brace that is not one of a name has to be doubled
  the measure's query <*> answers no <*>
  quality: the argument is no JSON of checks by id
  quality: there is no check <*>, and it has no SQL of its own
  strata: there is no <*>; there are <*>
  age_bands: ages from 1 to <n> are needed, each above the one before
  the measure's query <*> answers a figure that its entry does not declare: <*>
`);

/** What `args.py` says of a command line: each argument by its name, never by what it holds. */
const ARGUMENT = shapes(`
  <flag> is missing
  <flag> is no whole number from <n> on
  <flag> is no number above 0
  <flag> is none of <*>
`);

function argumentsTold(what: string): string | undefined {
  const [lead, rest] = what.split(/(?<=^arguments): /);
  if (lead !== "arguments" || rest === undefined) return undefined;
  const told = rest.split(", ").map((part) => firstOf(ARGUMENT, part));
  return `${lead}: ${told.map((part) => part ?? "…").join(", ")}`;
}

const isClass = (word: string): boolean => {
  const at = word.lastIndexOf(".");
  return CLASSES.has(word.slice(at + 1)) && (at < 0 || PACKAGE.test(word.slice(0, at)));
};
const isTechnical = (word: string): boolean =>
  isClass(word) ||
  OPERATIONS.has(word) ||
  CODES.has(word.replace(/^\((\w+)\)$/, "$1")) ||
  word.split(".").every((part) => CONDITIONS.has(part));

/** `TypeError at bronze.py:12`, `ClientError GetItem AccessDeniedException at aws.py:3: arn:… is not authorized to perform …`. */
function described(text: string): string | undefined {
  const found = /^([^:]+?)(?: at ([a-z_]+\.py):(\d{1,6}))?(?:: (arn:.*))?$/.exec(text);
  if (!found) return undefined;
  const [, words = "", file, line, refused] = found;
  if (!words.split(" ").every(isTechnical) || (file !== undefined && !OUR_FILES.has(file.replace(/\.py$/, ""))))
    return undefined;
  return `${words}${file === undefined ? "" : ` at ${file}:${line}`}${refusedFor(refused)}`;
}

/** What a job of ours ends with, `<job>: <what>`; without the job, which stands beside it wherever it is shown. */
export function ownFailure(text: string): string | undefined {
  const [, what = ""] = /^[\w.-]{1,255}: (.*)$/.exec(text.replace(/^JobFailed: /, "")) ?? [];
  const told = described(what) ?? argumentsTold(what) ?? firstOf(PROBLEMS, what);
  return told === undefined ? undefined : `failed: ${told}`;
}

export { isClass };
