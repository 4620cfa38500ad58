import { errorName, isAbsent } from "../problem.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { undelivered } from "../undelivered.ts";
import { wordsOf } from "./content.ts";
import { eachKey } from "./objects.ts";
import type { Person } from "./person.ts";
import type { Place } from "./place.ts";
import type { RawFile } from "./raw.ts";
import { foreignTemps } from "./temporary.ts";

/** What `forget` leaves as it is although it may name the person: it is told before the deed. */
export interface Untouched {
  /** Folders for temporary objects that are not the project's own: they are neither emptied nor looked through. */
  readonly temp_kept: readonly string[];
  /** Keys of raw objects that hold an id of the person, while the objects hold nothing of theirs. */
  readonly keys_kept: number;
  /** Messages in the queue of what could not be recorded, each with keys of files; null where they cannot be counted. */
  readonly undelivered: number | null;
}

export const untouched = async (place: Place, person: Person, files: readonly RawFile[]): Promise<Untouched> => ({
  temp_kept: await foreignTemps(place),
  keys_kept: await keysNamedAfter(place.pipeline, person, files),
  undelivered: await messages(place.pipeline),
});

async function keysNamedAfter(
  { ctx, bucket, prefix }: Pipeline,
  person: Person,
  files: readonly RawFile[],
): Promise<number> {
  if (person.patients.size === 0) return 0;
  const words = wordsOf(person);
  // The name of a key that is rewritten stays as well.
  const gone = new Set(files.filter(({ whole }) => whole).map(({ key }) => key));
  let count = 0;
  for await (const { key } of eachKey(ctx, bucket, prefix)) if (words.test(key) && !gone.has(key)) count++;
  return count;
}

/** Which files they tell of cannot be seen without taking them out. */
async function messages({ ctx, queue }: Pipeline): Promise<number | null> {
  if (queue === undefined) return 0;
  try {
    const { waiting, hidden } = await undelivered(ctx, queue);
    return waiting + hidden;
  } catch (error) {
    if (isAbsent(error)) return 0;
    if (/AccessDenied/.test(errorName(error))) return null;
    throw error;
  }
}
