import type { Pipeline } from "../runs/pipeline.ts";
import type { Writer } from "./jobs.ts";

/** Where it is to be erased from. */
export interface Place {
  readonly pipeline: Pipeline;
  readonly silver: string;
  readonly writers: readonly Writer[];
}
