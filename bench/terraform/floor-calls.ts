import { readFileSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";

/** One call, as an SDK client takes it. */
export interface Sent {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}

type Waves = readonly (readonly Sent[])[];

export const writeWaves = (file: string, waves: Waves): void => writeFileSync(file, serialize(waves));

/** What `writeWaves` wrote. */
export const readWaves = (file: string): Waves => deserialize(readFileSync(file)) as Waves;
