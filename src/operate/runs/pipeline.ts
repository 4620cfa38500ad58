import type { AwsContext } from "../../aws/context.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RunTarget } from "./events.ts";

/** A ledger and the workflow whose runs take what waits in it: whoever puts files back needs both. */
export interface Intake {
  readonly ctx: AwsContext;
  readonly ledger: Ledger;
  readonly run: RunTarget;
}

/** Everything that a file passes, by the names of the config's outputs, bound once. */
export interface Pipeline extends Intake {
  /** Bucket of the raw files, and their prefix in it (`fhir/`). */
  readonly bucket: string;
  readonly prefix: string;
  /** Name of the function that writes the ledger: it alone knows how. */
  readonly function: string;
  /** Bucket of the Bronze tables: what they hold is not new, whatever the ledger has forgotten. */
  readonly bronze: string;
  /** Name of the queue that holds what the function could not record. */
  readonly queue?: string | undefined;
  /** Rows go so many days after they were processed, where TTL is on. */
  readonly ttlDays?: number | undefined;
}
