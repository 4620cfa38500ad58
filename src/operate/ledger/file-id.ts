/** `bucket/key#<ms of the event, 13 digits>-<S3's sequencer>`: one generation of a file. */
const FILE_ID = /^([^/]+)\/(.*)#((\d{13})-[^#]*)$/s;

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
  const [, bucket, key, generation, ms] = FILE_ID.exec(id) ?? [];
  if (bucket === undefined || key === undefined || generation === undefined) return undefined;
  return { bucket, key, generation, ms: Number(ms) };
}

/** S3's sequencer as ids hold it, for an event that came without one. */
const NO_SEQUENCER = "0".repeat(24);
export const sequencerOf = (event: { readonly sequencer: string }): string => event.sequencer || NO_SEQUENCER;

/** The generation that an event names. */
export const generationOf = (event: { readonly ms: number; readonly sequencer: string }): string =>
  `${String(event.ms).padStart(13, "0")}-${sequencerOf(event)}`;

/** The id of the generation that an event has named. */
export const fileIdOf = (
  bucket: string,
  key: string,
  event: { readonly ms: number; readonly sequencer: string },
): string => `${bucket}/${key}#${generationOf(event)}`;

/** The object key in a file id; what is none stands for itself. */
export const keyOf = (fileId: string): string => parseFileId(fileId)?.key ?? fileId;
