import { meanings } from "./meaning.ts";

/** What a plan says of a resource, or of the config. Level error: the plan cannot be applied. */
export const FINDINGS = meanings({
  adopt_replaces: {
    what: "Something exists without our mark, and becomes as declared only by being deleted and made anew.",
    why: "It differs in what AWS cannot change, and `--adopt all` deletes nothing.",
    todo: "Make the config say what is there, or name it: `--adopt <address>`.",
  },
  adopt_unknown: {
    what: "`--adopt` names an address that the config does not declare.",
    why: "It is misspelt, or the resource left the config.",
    todo: "`metriccare diff --all` lists the addresses.",
  },
  boundary_change: {
    what: "The permissions boundary is not as the config has it, and your rights do not change it.",
    why: "It belongs to the security team.",
    todo: "`metriccare iam-policy boundary` prints it, for whoever keeps it.",
  },
  boundary_delete: {
    what: "The permissions boundary stays: your rights do not delete it.",
    why: "It belongs to the security team.",
    todo: "Let whoever keeps it delete it.",
  },
  boundary_differs: {
    what: "Somebody else keeps the permissions boundary, and it is not as the config has it.",
    why: "It does not bear our mark.",
    todo: "`metriccare iam-policy boundary` prints it, for whoever keeps it.",
  },
  boundary_make: {
    what: "The permissions boundary is not there, and your rights do not make it.",
    why: "It is the security team's to make.",
    todo: "`metriccare iam-policy boundary` prints it, for whoever may make it.",
  },
  boundary_read: {
    what: "Your rights do not show the permissions boundary.",
    why: "It belongs to the security team.",
    todo: "Nothing, unless roles fail: then ask who keeps it.",
  },
  change_refused: {
    what: "An attribute cannot be changed.",
    why: "AWS changes it neither in place nor by replacement.",
    todo: "Undo the change, or make the resource under a new id and move what depends on it.",
  },
  content_missing: {
    what: "A resource is sent with bytes (an object, a function's code), and nobody says where they come from.",
    why: "A mistake in metriccare.",
    todo: "Please report it.",
  },
  cycle: {
    what: "Resources need each other in a circle.",
    why: "Their references lead back to where they began.",
    todo: "Take one of these references out of the config.",
  },
  duplicate_address: {
    what: "A resource is declared twice.",
    why: "Two entries of the config have one id.",
    todo: "Give one of the two another id.",
  },
  duplicate_name: {
    what: "Two resources have the same name in AWS.",
    why: "Both name it, or two ids lead to one name.",
    todo: "Give one of the two another `name`.",
  },
  existing_events: {
    what: "New objects in a bucket that is not ours are to call a function.",
    why: "A bucket that is `existing` is never changed, its notifications neither. The function lets the bucket call it.",
    todo: "Let whoever keeps the bucket add what the finding names to its notifications.",
  },
  existing_settings: {
    what: "Settings stand beside `existing`.",
    why: "Something that is not ours is never changed: they have no effect.",
    todo: "Remove them, or `existing`.",
  },
  function_job_events: {
    what: "A rule does not call the function.",
    why: "The function's code lies in a bucket: it is not known whether it would start a run on every event, for ever.",
    todo: "Say `function.jobEvents: true` when the code knows the ends of jobs, or take `function` out of the rule.",
  },
  job_not_started: {
    what: "No trigger starts a job of a layer.",
    why: "It was left out of the workflow's triggers, or somebody else starts it.",
    todo: "Add it to the `actions` of a trigger, or leave it: it can be started by hand.",
  },
  kept_data: {
    what: "A resource that left the config, or that is to be destroyed, stays: it holds data.",
    why: "Data is deleted only when somebody says so.",
    todo: "`--include-data` deletes it with what it holds.",
  },
  kept_foreign: {
    what: "A resource stays: it carries parts of somebody else.",
    why: "Other people's parts are never deleted.",
    todo: "Remove them first, then run this again.",
  },
  kms_alias: {
    what: "No KMS key has that alias.",
    why: "It is misspelt, or not made yet.",
    todo: "Make the alias, or correct it.",
  },
  kms_alias_unread: {
    what: "It cannot be told whether the key in use is the one that the alias names.",
    why: "`kms:DescribeKey` is denied.",
    todo: "Allow it, or name the key by its ARN.",
  },
  leftover_out_of_reach: {
    what: "Something may be ours and no longer declared, and your rights do not reach it.",
    why: "The policy in use was printed from another config.",
    todo: "Add the statement that it shows, or leave it: nothing is done about it.",
  },
  minted_unknown: {
    what: "A resource refers to a value of another one that AWS does not mint, or that the config does not declare.",
    why: "The other resource left the config.",
    todo: "Declare it, or take the reference out.",
  },
  job_without_ledger: {
    what: "A Bronze job is told of no ledger.",
    why: "The config has no `ledger`, and the job's `arguments` name no table.",
    todo: "Say `ledger: {}`, or give the job `--ledger_table` and `--ledger_hash_key`.",
  },
  no_boundary: {
    what: "Nothing bounds what the roles may be given.",
    why: "`permissionsBoundary: none`.",
    todo: "Leave it out, and the environment makes a boundary of its own; or name one.",
  },
  not_adoptable: {
    what: "Something exists under our name without our mark, and cannot be taken over.",
    why: "It differs in what AWS cannot change.",
    todo: "Choose another `name`: what is there stays as it is.",
  },
  not_ours: {
    what: "Something exists under our name without our mark.",
    why: "Somebody made it by other means.",
    todo: "`--adopt <address>` takes it over, `--adopt all` everything of that kind; or choose another `name`.",
  },
  outside_boundary: {
    what: "A policy of a role gives more than its permissions boundary allows.",
    why: "The boundary follows from the config's names; the statement goes further.",
    todo: "Narrow it, or give the role a boundary of your own.",
  },
  owned_by_other: {
    what: "Something under our name belongs to another project or environment.",
    why: "Two environments have the same names.",
    todo: "Give this one another `name`, or destroy it from the environment that owns it.",
  },
  plan_lacks_step: {
    what: "A resource wants a change by now that is not in the saved plan: it is left as it is.",
    why: "Somebody changed it since the plan was made.",
    todo: "Make a new plan.",
  },
  plan_step_done: {
    what: "A resource is as the saved plan wants it by now.",
    why: "Somebody else, or an earlier apply, did it.",
    todo: "Nothing.",
  },
  plan_step_moved: {
    what: "A resource moved since the plan was made: its step is refused.",
    why: "Somebody changed it.",
    todo: "Make a new plan, and look at it again.",
  },
  reads_early: {
    what: "A job reads a table that another job of the same run may still write.",
    why: "No trigger makes it wait.",
    todo: "Add the jobs to its `after`, or leave it: what they write then counts from the next run.",
  },
  rename_holds_data: {
    what: "A resource has another name now and holds data: AWS cannot rename it.",
    why: "`formerly` or the new name would leave the data behind.",
    todo: "Keep the `name`, or declare the new one beside the old one, copy, then take the old one out.",
  },
  rename_loses_foreign: {
    what: "A resource has another name now and carries parts of somebody else.",
    why: "A rename is a creation and a deletion.",
    todo: "Keep the `name`, or move the other people's parts first.",
  },
  replace_loses_data: {
    what: "A change needs a replacement, and the resource holds data.",
    why: "AWS cannot change that attribute in place.",
    todo: "Undo the change, or `--include-data` deletes what it holds.",
  },
  replace_loses_foreign: {
    what: "A change needs a replacement, and the resource carries parts of somebody else.",
    why: "AWS cannot change that attribute in place.",
    todo: "Undo the change, or remove the other people's parts first.",
  },
  schedule_overlap: {
    what: "A schedule starts the next run while the last may still be on.",
    why: "The jobs' timeouts add up to more than the schedule's gap.",
    todo: "Start it less often, or lower the jobs' `timeout`.",
  },
  script_syntax: {
    what: "It cannot be told for sure whether a script parses.",
    why: "This machine's Python is another version than Glue's.",
    todo: "Check it with Python 3.11.",
  },
  scripts_unchecked: {
    what: "The scripts were not parsed.",
    why: "No Python 3.10 or newer was found.",
    todo: "Install Python 3.",
  },
  source_missing: {
    what: "A file or folder that the config names does not exist, or cannot be read.",
    why: "The path is mistyped; paths start at the project folder.",
    todo: "Correct the path.",
  },
  stagger_idle: {
    what: "`stagger` stands beside triggers.",
    why: "It orders the triggers that follow from the jobs' layers. Triggers that are written out have an order of their own.",
    todo: "Take the triggers away (`triggers: null` in an environment's file), or `stagger`.",
  },
  statement_key: {
    what: "The key of a policy statement cannot be part of a Sid.",
    why: "A Sid takes letters and digits.",
    todo: "Use letters and digits.",
  },
  undelivered_retention: {
    what: "The queue of what the function could not record drops messages early.",
    why: "`retentionDays` is below 14.",
    todo: "Leave it out: SQS keeps a message 14 days at most.",
  },
  unknown_kind: {
    what: "There is no such kind of resource.",
    why: "It is a fault of metriccare.",
    todo: "Report it.",
  },
  workflow_cost: {
    what: "One run may cost more than the ceiling.",
    why: "Workers, timeouts and retries of the jobs add up.",
    todo: "Lower them, or raise `workflow.costCeiling`.",
  },
  workflow_size: {
    what: "The workflow has more jobs and triggers than AWS advises.",
    why: "AWS advises 100 or fewer.",
    todo: "Let fewer jobs do more of the work, or leave it: apply goes on.",
  },
  workflow_writers: {
    what: "Several runs at a time would write the same Hudi tables.",
    why: "`workflow.maxConcurrentRuns` is above 1, and a table has one writer.",
    todo: "Set it to 1: files that arrive meanwhile are taken by the next run.",
  },
});
