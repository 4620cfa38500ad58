/**
 * Every attribute that items of the ledger have, of whatever kind (files, heads of keys, runs, notices): the one list that
 * says what the key and TTL may not be called. A test reads the sources that write items and finds what it lacks.
 */
export const LEDGER_ATTRIBUTES = [
  "attempt",
  "bucket",
  "claimed_at",
  "dataset",
  "entity",
  "error",
  "etag",
  "event_ms",
  "failed_files",
  "files",
  "generation",
  "generation_sequencer",
  "history",
  "key",
  "last_ms",
  "latest_file_id",
  "lease_owner",
  "lease_until",
  "link",
  "lost",
  "notified_at",
  "pending",
  "processed_at",
  "received_at",
  "records_in",
  "records_quarantined",
  "rows_condition",
  "rows_encounter",
  "rows_patient",
  "run_id",
  "sequencer",
  "size",
  "skipped_at",
  "skipped_by",
  "skipped_why",
  "status",
  "verdict",
  "version",
  "version_id",
] as const;

/** Where a task of a Bronze job says which file it reads: one attribute a task. */
const SLOT = /^(patient|encounter|condition)_\d+$/;

export const isLedgerAttribute = (name: string): boolean =>
  (LEDGER_ATTRIBUTES as readonly string[]).includes(name) || SLOT.test(name);
