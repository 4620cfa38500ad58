/** Which time zone wrote these offsets. An offset alone names no zone: summer and winter together nearly do. */

/** Zones of hospitals, the more people the earlier: where two fit alike, the first is proposed and the other named. */
const ZONES = `America/New_York America/Chicago America/Los_Angeles America/Denver America/Phoenix
  America/Anchorage Pacific/Honolulu America/Halifax America/St_Johns America/Puerto_Rico
  Europe/Berlin Europe/London Europe/Athens Europe/Istanbul Europe/Moscow
  Atlantic/Reykjavik Asia/Shanghai Asia/Kolkata Asia/Tokyo Asia/Jakarta
  Asia/Karachi Asia/Dhaka Asia/Dubai Asia/Jerusalem Asia/Tehran
  Asia/Kathmandu Australia/Sydney Australia/Brisbane Australia/Perth Australia/Adelaide
  Australia/Darwin Pacific/Auckland America/Sao_Paulo America/Argentina/Buenos_Aires America/Bogota
  America/Mexico_City America/Santiago America/Caracas Africa/Lagos Africa/Johannesburg
  Africa/Nairobi Africa/Cairo`.split(/\s+/);

const minutesOf = (offset: string): number =>
  offset === "Z" ? 0 : (offset.startsWith("-") ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));

/** The offset of a zone at an instant, in minutes. */
function clockOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return Math.round((local - Math.floor(at / 1000) * 1000) / 60_000);
  };
}

/** The date on a zone's calendar. */
export const dateIn = (zone: string, at: number): string =>
  new Date(at + clockOf(zone)(at) * 60_000).toISOString().slice(0, 10);

/** Moments that are tried, at most: one a day and offset. */
const MOST = 300;

/** Offsets of instants with their counts, and some of the instants. */
export class Offsets {
  readonly counts = new Map<string, number>();
  readonly #samples = new Map<string, { offset: string; at: number; count: number }>();

  add(offset: string, at: number): void {
    this.counts.set(offset, (this.counts.get(offset) ?? 0) + 1);
    // Half a year of one year tells as much as that of another: what has many years is sampled.
    const day = Math.floor(at / 86_400_000);
    const key = `${offset}|${day % MOST}`;
    const found = this.#samples.get(key);
    if (found) found.count++;
    else if (this.#samples.size < MOST * 2) this.#samples.set(key, { offset, at, count: 1 });
  }

  samples = (): readonly { offset: string; at: number; count: number }[] => [...this.#samples.values()];
}

export interface ZoneGuess {
  /** Undefined where the data cannot tell. */
  readonly zone: string | undefined;
  readonly why: string;
}

const listed = (words: readonly string[]): string => words.join(", ");
const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;

/** What the offsets say, and what they cannot say. */
export function guessZone(offsets: Offsets, withoutOffset: number): ZoneGuess {
  const all = [...offsets.counts].toSorted((a, b) => b[1] - a[1]);
  const total = all.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0)
    return {
      zone: undefined,
      why:
        withoutOffset > 0
          ? "times have no offset and are read as the facility's: dates are the same in every zone; say yours for `asOf: today`"
          : "there are no times: dates are the same in every zone; say yours for `asOf: today`",
    };
  if (all.every(([offset]) => minutesOf(offset) === 0))
    return {
      zone: undefined,
      why: "all times are in UTC, and where the hospital is they do not tell: say its zone (Europe/Berlin, …), or stays near midnight fall on other dates",
    };
  const samples = offsets.samples();
  const weight = samples.reduce((sum, { count }) => sum + count, 0);
  const scored = ZONES.map((zone) => {
    const clock = clockOf(zone);
    const fits = samples.filter(({ at, offset }) => clock(at) === minutesOf(offset));
    return { zone, share: fits.reduce((sum, { count }) => sum + count, 0) / weight };
  }).toSorted((a, b) => b.share - a.share);
  const [best, ...others] = scored;
  const seen = `offsets ${listed(all.slice(0, 4).map(([offset]) => offset))}${all.length > 4 ? " and others" : ""}`;
  if (!best || best.share < 0.5)
    return { zone: undefined, why: `${seen} fit no single zone: data of several places, or none that is known here` };
  const alike = others.filter(({ share }) => share === best.share).map(({ zone }) => zone);
  const also = alike.length > 0 ? `; ${listed(alike.slice(0, 3))} would fit as well: say where the hospital is` : "";
  return { zone: best.zone, why: `${seen} are its clocks' in ${percent(best.share)} of the times${also}` };
}
