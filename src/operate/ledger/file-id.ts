import { idOf, padded, partsOf } from "../../lakehouse/ledger.ts";

/** What a file id says. */
interface FileId {
  readonly bucket: string;
  readonly key: string;
  /** What stands behind the `#`: sorts by the time of the event. */
  readonly generation: string;
  /** When the object came, epoch ms. */
  readonly ms: number;
}

/** A file id taken apart; undefined for what is none. */
export function parseFileId(id: string): FileId | undefined {
  const { bucket, key, generation } = partsOf("file", id) ?? {};
  if (bucket === undefined || key === undefined || generation === undefined) return undefined;
  return { bucket, key, generation, ms: msOf(generation) ?? 0 };
}

/** When the object of a generation came, epoch ms. */
export function msOf(generation: string | null): number | undefined {
  const ms = partsOf("generation", generation ?? "")?.["event_ms"];
  return ms === undefined ? undefined : Number(ms);
}

/** S3's sequencer as ids hold it: zeros for an event that came without one. */
export const sequencerOf = (event: { readonly sequencer: string }): string => padded("sequencer", event.sequencer);

/** The generation that an event names. */
export const generationOf = (event: { readonly ms: number; readonly sequencer: string }): string =>
  idOf("generation", { event_ms: padded("event_ms", event.ms), sequencer: sequencerOf(event) });

/** The id of the generation that an event has named. */
export const fileIdOf = (
  bucket: string,
  key: string,
  event: { readonly ms: number; readonly sequencer: string },
): string => idOf("file", { bucket, key, generation: generationOf(event) });

/** The object key in a file id; what is none stands for itself. */
export const keyOf = (fileId: string): string => parseFileId(fileId)?.key ?? fileId;

/** Keys of the items beside the files. */
export const headId = (bucket: string, key: string): string => idOf("head", { bucket, key });
export const runItemId = (runId: string): string => idOf("run", { run_id: runId });
export const readingItemId = (runId: string): string => idOf("reading", { run_id: runId });
