/** A schedule of AWS's six fields, `cron(minutes hours day-of-month month day-of-week year)`, in UTC. */
export interface Cron {
  minutes: Set<number>;
  hours: Set<number>;
  months: Set<number>;
  years: Set<number> | undefined;
  /** Decides a day of a given month. */
  day(year: number, month: number, day: number): boolean;
}

/** Says what is wrong with a schedule expression, for people. */
export class CronError extends Error {}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Field {
  name: string;
  low: number;
  high: number;
  names?: string[];
}
const MINUTE: Field = { name: "minutes", low: 0, high: 59 };
const HOUR: Field = { name: "hours", low: 0, high: 23 };
const DAY: Field = { name: "day-of-month", low: 1, high: 31 };
const MONTH: Field = { name: "month", low: 1, high: 12, names: MONTHS };
const WEEKDAY: Field = { name: "day-of-week", low: 1, high: 7, names: DAYS };
const YEAR: Field = { name: "year", low: 1970, high: 2199 };

/** Parses `cron(15 12 * * ? *)`. Throws CronError. Source: EventBridge and Glue, "cron expressions". */
export function parseCron(expression: string): Cron {
  const inner = expression.trim().match(/^cron\((.*)\)$/)?.[1];
  if (inner === undefined)
    throw new CronError(`"${expression}" is not of the form cron(minutes hours day month weekday year)`);
  const parts = inner.trim().split(/\s+/);
  const [minute, hour, day, month, weekday, year] = parts;
  if (parts.length !== 6 || !minute || !hour || !day || !month || !weekday || !year) {
    throw new CronError(`"${expression}" has ${inner.trim() === "" ? 0 : parts.length} fields, not six`);
  }
  if ((day === "?") === (weekday === "?")) {
    throw new CronError(`"${expression}" needs ? in exactly one of day-of-month and day-of-week`);
  }
  return {
    minutes: values(minute, MINUTE),
    hours: values(hour, HOUR),
    months: values(month, MONTH),
    years: year === "*" ? undefined : values(year, YEAR),
    day: day === "?" ? weekdays(weekday) : daysOfMonth(day),
  };
}

/** True when the text parses. */
export function isCron(expression: string): boolean {
  try {
    parseCron(expression);
    return true;
  } catch (error) {
    if (error instanceof CronError) return false;
    throw error;
  }
}

/** The first time strictly after `after` (both ms since the epoch), or undefined when there is none. */
export function nextTime(cron: Cron, after: number): number | undefined {
  const start = new Date(after - (after % 60_000) + 60_000);
  let [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth() + 1, start.getUTCDate()];
  const sorted = (set: Set<number>): number[] => [...set].sort((a, b) => a - b);
  const [hours, minutes] = [sorted(cron.hours), sorted(cron.minutes)];
  while (year <= YEAR.high) {
    if (cron.years && !cron.years.has(year)) [year, month, day] = [year + 1, 1, 1];
    else if (!cron.months.has(month)) [year, month, day] = month === 12 ? [year + 1, 1, 1] : [year, month + 1, 1];
    else if (day > lastDay(year, month)) [year, month, day] = month === 12 ? [year + 1, 1, 1] : [year, month + 1, 1];
    else {
      if (cron.day(year, month, day)) {
        for (const hour of hours) {
          for (const minute of minutes) {
            const at = Date.UTC(year, month - 1, day, hour, minute);
            if (at > after) return at;
          }
        }
      }
      day += 1;
    }
  }
  return undefined;
}

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
const weekdayOf = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

function one(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.low : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.low && value <= field.high)) {
    throw new CronError(`${field.name} cannot be "${text}" (${field.low} to ${field.high})`);
  }
  return value;
}

/** Lists, ranges and steps: `1,5-10,30/5`. */
function values(text: string, field: Field): Set<number> {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step, ...more] = part.split("/");
    if (more.length > 0 || range === "" || step === "") throw new CronError(`${field.name} cannot be "${text}"`);
    const by = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(by) || by < 1) throw new CronError(`${field.name} has a step of "${step}"`);
    const [from = "", to] = range.split("-");
    const low = range === "*" ? field.low : one(from, field);
    const high = range === "*" || (to === undefined && step !== undefined) ? field.high : one(to ?? from, field);
    if (low > high && field !== WEEKDAY) throw new CronError(`${field.name} runs backwards in "${part}"`);
    // FRI-MON goes round the end of the week.
    const end = low > high ? high + 7 : high;
    for (let value = low; value <= end; value += by) found.add(value > field.high ? value - 7 : value);
  }
  return found;
}

/** `L` (last day), `15W` (weekday nearest the 15th), `LW`, or values. */
function daysOfMonth(text: string): Cron["day"] {
  if (text === "L") return (year, month, day) => day === lastDay(year, month);
  if (text === "LW") return (year, month, day) => day === nearestWeekday(year, month, lastDay(year, month));
  const near = text.match(/^(\d+)W$/)?.[1];
  if (near !== undefined) {
    const wanted = one(near, DAY);
    return (year, month, day) => wanted <= lastDay(year, month) && day === nearestWeekday(year, month, wanted);
  }
  const days = values(text, DAY);
  return (_year, _month, day) => days.has(day);
}

function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === 7) return day > 1 ? day - 1 : day + 2;
  if (weekday === 1) return day < lastDay(year, month) ? day + 1 : day - 2;
  return day;
}

/** `6L` (last Friday), `2#1` (first Monday), `L` (Saturday), or values. */
function weekdays(text: string): Cron["day"] {
  const last = text.match(/^(\w+)L$/)?.[1];
  if (last !== undefined) {
    const wanted = one(last, WEEKDAY);
    return (year, month, day) => weekdayOf(year, month, day) === wanted && day + 7 > lastDay(year, month);
  }
  const [, name, nth] = text.match(/^(\w+)#(\d)$/) ?? [];
  if (name !== undefined) {
    const [wanted, count] = [one(name, WEEKDAY), Number(nth)];
    if (count < 1 || count > 5) throw new CronError(`day-of-week has no ${nth}th in a month`);
    return (year, month, day) => weekdayOf(year, month, day) === wanted && Math.ceil(day / 7) === count;
  }
  const days = values(text === "L" ? "7" : text, WEEKDAY);
  return (year, month, day) => days.has(weekdayOf(year, month, day));
}
