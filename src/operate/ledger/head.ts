import { fileIdOf, parseFileId } from "./file-id.ts";
import type { Head } from "./item.ts";

/** Content of an object as S3 and its events name it: ETag without quotes, and size. */
interface Content {
  readonly etag: string;
  readonly size: number;
}

/** One generation that the head item of a key remembers. */
export interface Generation extends Content {
  readonly fileId: string;
}

/** A head item remembers so many runs of equal content; what is older has been trimmed. */
export const REMEMBERED = 40;

const sameContent = (a: Content, b: Content): boolean => a.etag === b.etag && a.size === b.size;

/**
 * The generations of a key, oldest first, as its head item tells them: each entry of `history` is a run of equal content,
 * named by the event that made the generation. Old entries are trimmed, the latest is always there.
 */
export function generationsOf(head: Head | undefined, bucket: string, key: string): Generation[] {
  if (!head) return [];
  const history = head.history.flatMap(({ names }): Generation[] =>
    names?.etag === undefined || names.etag === null
      ? []
      : [{ fileId: fileIdOf(bucket, key, names), etag: names.etag, size: names.size }],
  );
  const { latestFileId: latest, last } = head;
  if (!latest || last.etag === null || history.some((each) => each.fileId === latest)) return history;
  return [...history, { fileId: latest, etag: last.etag, size: last.size }];
}

/**
 * The newest generation with this content. `known` are generations from before it was sent: unless it is the latest of its
 * key, one of those is an earlier upload of the same content, not this one.
 */
export function generationWith(
  all: readonly Generation[],
  content: Content,
  known: ReadonlySet<string> = new Set(),
): Generation | undefined {
  return all.findLast((each, at) => sameContent(each, content) && (at === all.length - 1 || !known.has(each.fileId)));
}

/** One event of a key that its head remembers. */
export interface KeyEvent extends Content {
  readonly ms: number;
  /** Padded as in a generation; empty when it came without one. */
  readonly sequencer: string;
  readonly versionId: string;
  /** Which run of equal content it is of, counted from the oldest that is remembered. */
  readonly run: number;
  /** Its generation was named after it. */
  readonly names: boolean;
}

/** The events that a head remembers, oldest first. */
export function eventsOf(head: Head | undefined, bucket: string, key: string): KeyEvent[] {
  if (!head) return [];
  const events = head.history.flatMap(({ events: some, names }, run) =>
    some.map((event): KeyEvent => ({ ...event, etag: event.etag ?? "", run, names: event === names })),
  );
  if (events.length > 0) return events;
  // A head without a history tells of its latest generation alone.
  return generationsOf(head, bucket, key).map((only, run) => ({
    etag: only.etag,
    size: only.size,
    ms: head.last.ms ?? parseFileId(only.fileId)?.ms ?? 0,
    sequencer: "",
    versionId: head.last.versionId,
    run,
    names: true,
  }));
}
