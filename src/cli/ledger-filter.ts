import type { LedgerFilter } from "../operate/index.ts";

/** Which rows a command is for, from whatever else its options say. */
export const filterOf = ({ status, dataset, prefix, run, since, until }: LedgerFilter): LedgerFilter => ({
  status,
  dataset,
  prefix,
  run,
  since,
  until,
});
