interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly words?: readonly string[];
  /** `L`, `W`, `#` have a meaning here. */
  readonly extra?: RegExp;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Source: EventBridge and Glue, "Cron expressions": six fields, no seconds, a year. */
const FIELDS: readonly Field[] = [
  { name: "minutes", low: 0, high: 59 },
  { name: "hours", low: 0, high: 23 },
  { name: "day of month", low: 1, high: 31, extra: /^(\?|L|LW|\d{1,2}W|W\d{1,2})$/ },
  { name: "month", low: 1, high: 12, words: MONTHS },
  { name: "day of week", low: 1, high: 7, words: DAYS, extra: /^(\?|L|[1-7]L|[A-Z]{3}L|([1-7]|[A-Z]{3})#[1-5])$/ },
  { name: "year", low: 1970, high: 2199 },
];

function numberOf(text: string, field: Field): number {
  const word = field.words?.indexOf(text) ?? -1;
  if (word >= 0) return field.low + word;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

const inside = (value: number, field: Field): boolean => value >= field.low && value <= field.high;

function partFits(part: string, field: Field): boolean {
  if (field.extra?.test(part)) return true;
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0 || (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0))) return false;
  if (range === "*") return true;
  const ends = range.split("-");
  return ends.length <= 2 && ends.every((end) => inside(numberOf(end, field), field));
}

/** What is wrong with an AWS cron expression (`cron(15 12 * * ? *)`), or undefined. */
export function cronProblem(expression: string): string | undefined {
  const inner = /^cron\((.*)\)$/.exec(expression)?.[1];
  if (inner === undefined)
    return "AWS wants cron(minutes hours day-of-month month day-of-week year), such as cron(15 12 * * ? *)";
  const parts = inner.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `an AWS cron has six fields, this one has ${parts.length}`;
  for (const [i, field] of FIELDS.entries()) {
    const text = (parts[i] ?? "").toUpperCase();
    const wrong = text.split(",").find((part) => !partFits(part, field));
    if (wrong !== undefined) return `\`${wrong}\` is no ${field.name} (${field.low} to ${field.high})`;
  }
  const questions = [parts[2], parts[4]].filter((part) => part === "?").length;
  return questions === 1 ? undefined : "exactly one of day of month and day of week must be ?";
}

/** What is wrong with a schedule of an EventBridge rule, `rate(…)` or `cron(…)`, or undefined. */
export function scheduleProblem(expression: string): string | undefined {
  const rate = /^rate\((.*)\)$/.exec(expression)?.[1];
  if (rate === undefined)
    return expression.startsWith("cron(") ? cronProblem(expression) : "AWS wants rate(1 hour) or cron(0 6 * * ? *)";
  const found = /^([1-9]\d*) (minutes?|hours?|days?)$/.exec(rate);
  if (!found) return "a rate is a number above 0 and a unit: rate(5 minutes)";
  const singular = !found[2]?.endsWith("s");
  // AWS refuses `rate(1 hours)` and `rate(2 hour)`.
  if (singular !== (found[1] === "1"))
    return `AWS writes rate(1 ${singular ? found[2] : found[2]?.slice(0, -1)}) and rate(2 ${singular ? `${found[2]}s` : found[2]})`;
  return undefined;
}
