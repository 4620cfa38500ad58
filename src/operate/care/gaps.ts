import { parseFileId } from "../ledger/file-id.ts";
import { eventsOf, type KeyEvent, REMEMBERED } from "../ledger/head.ts";
import type { Head } from "../ledger/item.ts";
import type { RawKey, RawVersion } from "./raw-objects.ts";

/** An upload that the ledger was never told of. */
export interface RawGap extends RawVersion {
  readonly why: "no row" | "other content than the ledger's rows";
  /** When it would have been told, placed between the uploads that the ledger knows. */
  readonly eventMs: number;
  readonly newest: boolean;
  /** The same content as the upload before it, or as a known one after it. */
  readonly again: boolean;
}

/** S3's event and the object's own time differ by less. */
const SAME_UPLOAD_MS = 5_000;

const same = (a: { etag: string; size: number }, b: { etag: string; size: number }): boolean =>
  a.etag === b.etag && a.size === b.size;

/** Times of the uploads that the ledger's events are of, by their place in `versions`. */
function timesOf(versions: readonly RawVersion[], events: readonly KeyEvent[]): (number | undefined)[] {
  const times: (number | undefined)[] = versions.map(() => undefined);
  const byId = new Map(events.filter((event) => event.versionId).map((event) => [event.versionId, event]));
  versions.forEach((version, at) => (times[at] = byId.get(version.versionId)?.ms));
  // Events without a version: taken up by hand, from a bucket without versions, or from a time before it had them.
  const last = events.at(-1);
  for (const event of events.filter((one) => !one.versionId).toReversed()) {
    const at = versions.findLastIndex((version, place) => {
      if (times[place] !== undefined || !same(version, event)) return false;
      if (place === versions.length - 1 && event.run === last?.run) return true;
      return version.versionId !== "" && Math.abs(version.modified - event.ms) < SAME_UPLOAD_MS;
    });
    if (at >= 0) times[at] = event.ms;
  }
  return times;
}

/**
 * Uploads of one key that would be generations and are none, oldest first. Pure. `events` are the head's, oldest first.
 * `again` are uploads of the same content beside them: no generations, but told too, so that their own late events are known.
 */
function gapsOfKey({ versions }: RawKey, events: readonly KeyEvent[], now: number): RawGap[] {
  const times = timesOf(versions, events);
  const trimmed = new Set(events.map((event) => event.run)).size >= REMEMBERED;
  const gaps: RawGap[] = [];
  let lower = Number.NEGATIVE_INFINITY;
  versions.forEach((version, at) => {
    const time = times[at];
    if (time !== undefined) {
      lower = time;
      return;
    }
    if (trimmed && times.slice(0, at).every((before) => before === undefined)) return;
    const newest = at === versions.length - 1;
    // What S3 holds now came after all that the ledger has heard of.
    if (newest) lower = Math.max(lower, ...events.map((event) => event.ms));
    const upper = times.slice(at + 1).find((other) => other !== undefined) ?? Number.POSITIVE_INFINITY;
    const eventMs = Math.min(Math.max(newest ? endOf(version.modified, now) : version.modified, lower + 1), upper);
    lower = eventMs;
    gaps.push({
      ...version,
      why: events.length === 0 ? "no row" : "other content than the ledger's rows",
      eventMs,
      newest,
      again: isAgain(versions, times, at),
    });
  });
  return gaps.some((gap) => !gap.again) ? gaps : [];
}

/** The last moment that S3's time may stand for. */
const endOf = (modified: number, now: number): number =>
  modified % 1000 === 0 ? Math.min(modified + 999, now) : modified;

/** The same content again is no generation of its own: neither after another upload of it, nor right before one that is known. */
function isAgain(versions: readonly RawVersion[], times: readonly (number | undefined)[], at: number): boolean {
  const version = versions[at];
  const previous = versions[at - 1];
  if (!version || (previous && same(previous, version))) return true;
  const end = versions.findIndex((other, place) => place > at && !same(other, version));
  return times.slice(at, end < 0 ? undefined : end).some((time) => time !== undefined);
}

/** What the ledger lacks of a page of keys, oldest first for each key. */
export const gapsOf = (
  bucket: string,
  keys: readonly RawKey[],
  heads: ReadonlyMap<string, Head>,
  now: number,
): RawGap[] => keys.flatMap((one) => gapsOfKey(one, eventsOf(heads.get(one.key), bucket, one.key), now));

/** Which uploads the Bronze tables hold rows of, from the file ids that rows carry. */
export class BronzeTimes {
  readonly #times = new Map<string, number[]>();
  readonly #met = new Set<string>();
  constructor(readonly bucket: string) {}

  add(fileId: string): void {
    if (this.#met.has(fileId)) return;
    const { bucket, key, ms } = parseFileId(fileId) ?? {};
    if (bucket !== this.bucket || !key || ms === undefined) return;
    this.#met.add(fileId);
    this.#times.set(key, [...(this.#times.get(key) ?? []), ms]);
  }

  /** Whether rows came of this file id. */
  has(fileId: string): boolean {
    return this.#met.has(fileId);
  }

  /** Whether the tables hold rows of this very upload. Each generation answers for one upload. */
  takes(upload: Pick<RawVersion, "key" | "modified">): boolean {
    const times = this.#times.get(upload.key) ?? [];
    const at = times.findIndex((time) => Math.abs(time - upload.modified) < SAME_UPLOAD_MS);
    if (at < 0) return false;
    times.splice(at, 1);
    return true;
  }
}
