import { meanings } from "./meaning.ts";

/** What `ledger audit` finds; `--repair` mends what names a repair. */
export const AUDIT = meanings({
  behind: {
    what: "A Silver or Gold table has not taken up what the layer below holds.",
    why: "A run ended before it came to that.",
    todo: "`ledger audit --repair` starts a run.",
  },
  extra_rows: {
    what: "Bronze holds more rows of a file than the ledger says.",
    why: "Somebody wrote to the table or to the ledger.",
    todo: "Look at the file with `metriccare where`; reading it again sets both right.",
  },
  forgotten: {
    what: "The tables hold a file that the ledger has forgotten.",
    why: "Its row expired (TTL), or the ledger was made anew.",
    todo: "Nothing: its rows are there.",
  },
  in_queue: {
    what: "Messages wait in the queue of what the function could not record.",
    why: "The ledger was at its limit when their files came.",
    todo: "Nothing: the schedule takes them up.",
  },
  lost_event: {
    what: "S3 has an object that the ledger has no row of.",
    why: "Its event was lost, or it was uploaded before the notification was there.",
    todo: "`ledger audit --repair`, or `ledger backfill`.",
  },
  lost_row: {
    what: "The ledger knows an upload of a file and has lost its row; no table holds anything of it.",
    why: "Somebody deleted the item.",
    todo: "`ledger audit --repair` makes it again.",
  },
  missing_rows: {
    what: "Bronze holds fewer rows of a file than the ledger says.",
    why: "Somebody deleted from the table, or restored an older one.",
    todo: "`ledger audit --repair` reads the file again.",
  },
  object_gone: {
    what: "A file waits, and S3 has it no more.",
    why: "Somebody deleted it, or a lifecycle rule did.",
    todo: "Send it again if it is still wanted; else the next run says that it failed.",
  },
  orphan_claim: {
    what: "A file is claimed and nobody works on it.",
    why: "The run that took it died.",
    todo: "`ledger audit --repair`, or `ledger release`.",
  },
  other_parameters: {
    what: "A Gold table was computed with other parameters than its job has now.",
    why: "The config of the measures changed and no run came since.",
    todo: "`ledger audit --repair` starts a run.",
  },
  read_twice: {
    what: "Bronze holds rows of a file twice.",
    why: "Somebody wrote to the table.",
    todo: "Look at the file with `metriccare where`, and restore the table.",
  },
  rows_without_file: {
    what: "Bronze holds rows of a file that the ledger has no row of.",
    why: "TTL, or the ledger's table was replaced.",
    todo: "Nothing: its rows are there.",
  },
  unchecked: {
    what: "It cannot be told what a table stands on.",
    why: "Its commits are of another tool, or cannot be read here.",
    todo: "Look at the table with Athena or Spark.",
  },
  waiting: {
    what: "A file has waited for longer than a run takes.",
    why: "No run came, or it was tried and is offered no more.",
    todo: "`metriccare run-workflow`, or `ledger audit --repair`.",
  },
});
