import { meanings } from "./meaning.ts";

/** What ends a command that runs or repairs the pipeline. */
export const PIPELINE = meanings({
  concurrent_runs: {
    what: "A run of the workflow is on, and a second one is not started.",
    why: "The tables have one writer at a time.",
    todo: "Follow it with `metriccare run-workflow --attach`.",
  },
  file_changed: {
    what: "A file changed while it was being sent.",
    why: "Somebody still writes it.",
    todo: "Wait until it is whole, then run the same `ingest` again: what is there already is not sent twice.",
  },
  file_claimed: {
    what: "A file that is being read cannot be set aside.",
    why: "A run has claimed it.",
    todo: "Follow the run, then try again; `metriccare ledger release` gives back claims that nobody works on.",
  },
  file_processed: {
    what: "A processed file cannot be set aside.",
    why: "Its rows are in the tables.",
    todo: "`metriccare where <file>` shows them.",
  },
  function_failed: {
    what: "The function failed on some of the objects that `backfill` handed to it.",
    why: "Its log says which and why.",
    todo: "Look into its log group, mend the cause, and run `ledger backfill` again: it takes up what is left.",
  },
  kept_otherwise: {
    what: "What is kept of single stays says less than `measures --why` tells.",
    why: "Another version of the jobs wrote it.",
    todo: "`metriccare apply`, then `metriccare run-workflow`: it computes all stays anew, and keeps more of each.",
  },
  key_too_long: {
    what: "The key of a file is longer than S3's 1,024 bytes.",
    why: "Its path is long, or has many characters outside of ASCII.",
    todo: "Shorten its path, or use `--neutral-names`.",
  },
  no_bucket: {
    what: "A bucket of the environment does not exist.",
    why: "Nothing has been applied yet, or somebody deleted it.",
    todo: "`metriccare apply`.",
  },
  no_filter: {
    what: "Nothing says which files to read again.",
    why: "`ledger reprocess` without files and without a filter would mean the whole ledger.",
    todo: "Name files, or add `--prefix`, `--since`, `--until`, `--status`, `--dataset` or `--run`.",
  },
  no_function: {
    what: "The function of the environment does not exist.",
    why: "Nothing has been applied yet, or somebody deleted it.",
    todo: "`metriccare apply`.",
  },
  no_job: {
    what: "The run has no such job.",
    why: "`--job` names one that the run's graph had not.",
    todo: "Take one of those that the message lists.",
  },
  no_job_run: {
    what: "No job of the config has that run.",
    why: "The id is mistyped, of another environment, or older than the 90 days that Glue keeps.",
    todo: "`metriccare runs list`, then `metriccare runs show <run>` names the runs of the jobs.",
  },
  no_ledger: {
    what: "The ledger's table does not exist.",
    why: "Nothing has been applied yet, or somebody deleted it.",
    todo: "`metriccare apply`.",
  },
  no_table: {
    what: "The table that `ledger import` is to read does not exist.",
    why: "`--from` names another one, or it is of another account or region.",
    todo: "Give the table's name, or its ARN.",
  },
  no_run: {
    what: "The workflow has not run yet.",
    why: "No file has come, or nothing has been started.",
    todo: "`metriccare run-workflow`, or `metriccare ingest`.",
  },
  no_run_id: {
    what: "Glue started a run and did not say which.",
    why: "An answer of AWS was incomplete.",
    todo: "`metriccare run-workflow --attach` finds it.",
  },
  no_such_file: {
    what: "A path that `ingest` was given does not exist.",
    why: "It is mistyped, or the shell did not expand a pattern.",
    todo: "Correct the path.",
  },
  no_such_rows: {
    what: "No row of the measures has both that facility and that period.",
    why: "Rows by facility are over all periods, rows by period over all facilities.",
    todo: "Ask for one of the two.",
  },
  no_topic: {
    what: "The alert topic does not exist.",
    why: "Nothing has been applied yet, or somebody deleted it.",
    todo: "`metriccare apply`.",
  },
  no_workflow: {
    what: "The workflow does not exist.",
    why: "Nothing has been applied yet, or somebody deleted it.",
    todo: "`metriccare apply`.",
  },
  no_resources: {
    what: "Bronze holds no resource yet.",
    why: "Nothing has been ingested, or no run of the workflow has come to its end.",
    todo: "`metriccare ingest --wait <files>`; `metriccare profile <files>` looks at files before they are ingested.",
  },
  not_a_file: {
    what: "A path that `ingest` was given is neither a file nor a folder.",
    why: "It is a socket, a device or the like.",
    todo: "Name files or folders.",
  },
  forget_left: {
    what: "Something of what was to be forgotten is still there.",
    why: "Somebody wrote it while it was erased, or it lies where these credentials, or the bucket's lock, let nothing be deleted.",
    todo: "Look at the places that it names, then start `metriccare forget` again: it goes on where it was.",
  },
  forget_unfinished: {
    what: "The job that erases from a table did not succeed.",
    why: "Its log says why; the request itself is in no log.",
    todo: "Start `metriccare forget` again when that is mended: it goes on where it was.",
  },
  forget_waits: {
    what: "A file that holds what is to be forgotten waits for a run, or is being read.",
    why: "What a run reads meanwhile it would write into the tables again.",
    todo: "Let a run read it (`metriccare run-workflow`), then start `metriccare forget` again.",
  },
  object_archived: {
    what: "A version of an object is in an archive, so it cannot be looked into.",
    why: "A lifecycle rule, or who put it, gave it a storage class of which nothing is read before it is restored.",
    todo: "Restore it (`aws s3api restore-object`), or delete this version, then start `metriccare forget` again.",
  },
  no_temp_folder: {
    what: "A job has no folder for temporary objects.",
    why: "Its argument --TempDir was taken away in the config.",
    todo: "Leave the argument to its default, apply, and start again.",
  },
  not_found: {
    what: "Neither S3 nor the ledger has the file.",
    why: "It is mistyped, or was never ingested into this environment.",
    todo: "List what there is: `metriccare ledger list --prefix <prefix>`.",
  },
  not_in_ledger: {
    what: "The ledger has no such file.",
    why: "It is mistyped, or the ledger never heard of it.",
    todo: "`metriccare where <file>` says whether S3 has it; `metriccare ledger list` lists what there is.",
  },
  not_readable: {
    what: "A file that `ingest` was given cannot be read.",
    why: "Its rights, or the disk.",
    todo: "Check the rights on it.",
  },
  not_resumable: {
    what: "Glue cannot resume the run.",
    why: "It is on, or in a state that Glue resumes from no more.",
    todo: "Look at it with `metriccare runs show`, or start a new one: it takes what is pending.",
  },
  nothing_kept: {
    what: "Nothing is kept of single stays.",
    why: "No run has come to Gold yet, `forget` has just taken it away, or the role of the job that counts stays may not write it: that job's log says `not_kept` then, and the figures are right all the same.",
    todo: "`metriccare run-workflow`. A role of your own needs to read, write and delete in `stays/` of the Silver layer.",
  },
  nothing_selected: {
    what: "There is no file to send in what `ingest` was given.",
    why: "The folders are empty, or hold hidden files and other endings only. The message lists what was left out.",
    todo: "Name the files themselves, or another folder.",
  },
  nothing_to_resume: {
    what: "No job of the run failed after it started.",
    why: "Glue resumes only jobs that ran.",
    todo: "Start a new run: `metriccare run-workflow`.",
  },
  run_is_on: {
    what: "The run that is to be resumed is still on.",
    why: "Its jobs are not at their end.",
    todo: "Follow it: `metriccare run-workflow --run <id>`.",
  },
  run_vanished: {
    what: "Glue knows no such run.",
    why: "The id is mistyped, of another workflow, or older than the 90 days that Glue keeps.",
    todo: "`metriccare runs list`.",
  },
  same_key: {
    what: "Two of the files would overwrite each other in S3; nothing was sent.",
    why: "They have the same name in different folders.",
    todo: "Name a folder above them (its files keep their relative paths), send them one after the other, or use `--neutral-names`.",
  },
  table_is_written: {
    what: "A file of a Hudi table went while it was read.",
    why: "A run is writing the table and removes the versions before.",
    todo: "Try again, at the latest when the run is over.",
  },
  table_not_readable: {
    what: "A Hudi table cannot be read here.",
    why: "It is of a kind that this reader does not know (merge-on-read, another format), or damaged.",
    todo: "Query it with Athena or Spark.",
  },
  unknown_encounter: {
    what: "Silver has no such encounter.",
    why: "The id is mistyped, is a patient's or a condition's, or no run has read the encounter's file yet. The message does not repeat it: messages are logged.",
    todo: "Take the `id` of the Encounter; `metriccare where Encounter/<id>` tells what Bronze has of it.",
  },
  unknown_facility: {
    what: "Gold has no such facility.",
    why: "It is misspelt, or none of its stays are in the data.",
    todo: "Take one of those that the message lists.",
  },
  unknown_period: {
    what: "Gold has no such period.",
    why: "It is misspelt (2024, 2024-05), or no stays fall into it.",
    todo: "Take one of those that the message lists.",
  },
  unreachable: {
    what: "AWS gave no answer for minutes while a run was followed.",
    why: "The network is down, or a service is.",
    todo: "The run goes on by itself: follow it again when the network is back.",
  },
  why_denied: {
    what: "`measures --why` may not read what is kept of single stays, or Silver's encounters.",
    why: "It shows single patients, so its right is in no printed policy that does not ask for it.",
    todo: "Have somebody attach what `metriccare iam-policy operator --why` prints.",
  },
});
