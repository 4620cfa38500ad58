/** Which files of a Hudi copy-on-write table (table version 6 and before) hold its current rows. Pure: no S3 here. */

export interface DataFile {
  /** Object key. */
  readonly key: string;
  readonly size: number;
  /** Partition path relative to the table, `""` without partitions. */
  readonly partition: string;
  readonly fileId: string;
  /** Commit time of the write that made it. */
  readonly instant: string;
}

interface Instant {
  readonly time: string;
  readonly action: "commit" | "replacecommit";
  /** Object key of the completed instant's file. */
  readonly key: string;
}

export interface Timeline {
  /** Completed writes that are not archived yet, oldest first. */
  readonly completed: readonly Instant[];
  /** Time of the oldest write on the active timeline: whatever is older has been archived, and only what ended well is. */
  readonly start: string | undefined;
}

/** From the names in `.hoodie/`: `<time>.commit`, `<time>.replacecommit`; requested and inflight ones are left out. */
export function timelineOf(keys: readonly string[]): Timeline {
  const completed: Instant[] = [];
  for (const key of keys) {
    const match = /(?:^|\/)(\d{14,17})\.(commit|replacecommit)$/.exec(key);
    if (!match?.[1]) continue;
    completed.push({ time: match[1], action: match[2] === "replacecommit" ? "replacecommit" : "commit", key });
  }
  completed.sort((a, b) => (a.time < b.time ? -1 : 1));
  return { completed, start: completed[0]?.time };
}

/** `<fileId>_<writeToken>_<instant>.parquet`; anything else is not a base file. */
export function dataFile(base: string, key: string, size: number): DataFile | undefined {
  const relative = key.slice(base.length);
  const cut = relative.lastIndexOf("/");
  const match = /^([^_]+)_(\d+-\d+-\d+)_(\d{14,17})\.parquet$/.exec(relative.slice(cut + 1));
  if (!match?.[1] || !match[3]) return undefined;
  return { key, size, partition: cut < 0 ? "" : relative.slice(0, cut), fileId: match[1], instant: match[3] };
}

const groupOf = (file: Pick<DataFile, "partition" | "fileId">): string => `${file.partition}\n${file.fileId}`;

/** Keeps what a completed (or archived) write made, the newest of each file group. */
export function committedFiles(files: readonly DataFile[], timeline: Timeline): DataFile[] {
  const done = new Set(timeline.completed.map((instant) => instant.time));
  const newest = new Map<string, DataFile>();
  for (const file of files) {
    const archived = timeline.start !== undefined && file.instant < timeline.start;
    if (!done.has(file.instant) && !archived) continue;
    const other = newest.get(groupOf(file));
    if (!other || other.instant < file.instant) newest.set(groupOf(file), file);
  }
  return [...newest.values()];
}

/** Replaced file ids by partition, as a replacecommit's own JSON lists them. */
type Replaced = Readonly<Record<string, readonly string[]>>;

/** Reads `partitionToReplaceFileIds`; an instant without it replaced nothing. */
export function replacedBy(json: string): Replaced {
  if (!json.trim()) return {};
  const parsed: unknown = JSON.parse(json);
  const map = (parsed as { partitionToReplaceFileIds?: unknown } | null)?.partitionToReplaceFileIds;
  if (map === null || typeof map !== "object") return {};
  return Object.fromEntries(
    Object.entries(map).map(([partition, ids]) => [
      partition,
      Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [],
    ]),
  );
}

/** Drops the file groups that a replacecommit took out; a group that was made in or after it stays. */
export function withoutReplaced(files: readonly DataFile[], at: string, replaced: Replaced): DataFile[] {
  const gone = new Set(
    Object.entries(replaced).flatMap(([partition, ids]) => ids.map((fileId) => groupOf({ partition, fileId }))),
  );
  return files.filter((file) => file.instant >= at || !gone.has(groupOf(file)));
}

/**
 * The replacecommits that can still take something out, newest first: one that is not newer than every file left has
 * nothing to replace. After `insert_overwrite_table` that is the newest one alone.
 */
export function nextReplace(
  files: readonly DataFile[],
  timeline: Timeline,
  before: string | undefined,
): Instant | undefined {
  const oldest = files.reduce<string | undefined>(
    (min, file) => (min === undefined || file.instant < min ? file.instant : min),
    undefined,
  );
  if (oldest === undefined) return undefined;
  return timeline.completed.findLast(
    (instant) =>
      instant.action === "replacecommit" && instant.time > oldest && (before === undefined || instant.time < before),
  );
}
