import { meanings } from "./meaning.ts";

/** How a run, or the wait for files, ended other than well; and what `ingest --wait` notes on its way. */
export const RUNS = meanings({
  claims_left: {
    what: "Files are claimed by a run that is over.",
    why: "Its jobs died after they took them.",
    todo: "The next run takes them when their lease has expired: `metriccare run-workflow`.",
  },
  event_lost: {
    what: "No event came for some files in time: they are sent again.",
    why: "S3 delivers events at least once, but not always soon; or the notification is gone.",
    todo: "Nothing. If it comes often: `metriccare doctor`.",
  },
  file_failed: {
    what: "A file could not be read.",
    why: "The message and the ledger say why.",
    todo: "`metriccare where <file>` says what helps.",
  },
  function_denied: {
    what: "The function lacks a right.",
    why: "A policy of its role was changed, or something denies it.",
    todo: "The message names role, action and resource, and the statement to add; `metriccare diff` shows what changed.",
  },
  job_failed: {
    what: "Jobs of the run failed.",
    why: "The lines `failure` before it say why.",
    todo: "Mend the cause, then `metriccare run-workflow --resume <run>`.",
  },
  quality_failed: {
    what: "All jobs of the run succeeded, and a quality check of level `error` failed. What the run has written stands.",
    why: "The data is as the check says it must not be; or the check could not be made.",
    todo: "`metriccare quality` tells which and how many rows. Mend the data at its source and send it again, or the check in `quality`.",
  },
  no_event: {
    what: "The ledger has heard nothing of files that are in S3.",
    why: "The bucket's notification or the function's permission is gone.",
    todo: "`metriccare diff` shows it, `metriccare apply` mends it, `metriccare ledger backfill` takes the files up.",
  },
  no_run: {
    what: "Files wait and no run was started for them: one is started; or the workflow has not run yet.",
    why: "The function was throttled or failed, or only failed runs know the files.",
    todo: "Nothing. If it comes often: `metriccare doctor`.",
  },
  not_at_end: {
    what: "Some files are not at their end.",
    why: "They wait for the next run, or were set aside.",
    todo: "`metriccare ledger list --status received` lists those that wait.",
  },
  not_run: {
    what: "The run is over, and jobs of its graph never ran.",
    why: "A trigger is not active, or its condition was not met.",
    todo: "`metriccare diff` shows a trigger that somebody changed.",
  },
  run_error: {
    what: "Glue ended the run with an error of its own.",
    why: "The message holds Glue's words.",
    todo: "Resume or start it again.",
  },
  run_failed: {
    what: "The run that was to take the files did not end well.",
    why: "The message says how it ended.",
    todo: "Mend the cause, then resume it or start another.",
  },
  stopped: {
    what: "The run was stopped.",
    why: "Somebody stopped it.",
    todo: "`metriccare run-workflow` starts another: it takes what is pending.",
  },
  timeout: {
    what: "The command waited as long as `--timeout` says; the run goes on.",
    why: "The run takes longer.",
    todo: "Follow it again: `metriccare run-workflow --run <id>`.",
  },
});
