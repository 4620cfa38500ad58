import { meanings } from "./meaning.ts";

/** What was typed, and what stands in the config. */
export const COMMAND = meanings({
  usage: {
    what: "The command line does not fit the command.",
    why: "An option, an argument or a value is unknown, missing, or does not go with another one.",
    todo: "See `metriccare <command> --help`.",
  },
  unknown_command: {
    what: "There is no such command.",
    why: "It is misspelt, or stands without its first word (`ledger list`).",
    todo: "Take the command that the message suggests, or see `metriccare --help`.",
  },
  needs_yes: {
    what: "The command asks before it changes anything, and nobody is here to ask.",
    why: "There is no terminal (a pipe, a CI system) and no `--yes`.",
    todo: "Look at it first with `metriccare diff`, then add `--yes`.",
  },
  declined: {
    what: "Nothing was changed: the question was not answered with the word it asks for.",
    why: "Somebody decided otherwise.",
    todo: "Nothing, or run the command again.",
  },
  interrupted: {
    what: "The command was stopped by Ctrl-C or SIGTERM.",
    why: "Somebody, or the system that runs it, ended it. What was under way is finished in good order first.",
    todo: "Run the same command again: it goes on where this one stopped.",
  },
  no_project: {
    what: "There is no project folder: no `config/lakehouse.yaml` here or in any folder above.",
    why: "The command runs in another folder, or `--config` names one without it.",
    todo: "Go into the project folder, name its config folder with `--config`, or make one with `metriccare init`.",
  },
  no_environment: {
    what: "No environment is named, or there is none of that name.",
    why: "`--env` and METRICCARE_ENV are missing, or `config/<env>.yaml` does not exist. There is no default, so that nothing is applied to the wrong place.",
    todo: "Name one with `--env`; a file dropped into `config/` makes one.",
  },
  unreadable: {
    what: "A config file cannot be read.",
    why: "Its rights, or the disk.",
    todo: "Check the file's permissions.",
  },
  config_invalid: {
    what: "The config or a script has mistakes; nothing was sent to AWS.",
    why: "Each of `problems` says which, with file, line and column.",
    todo: "Mend what is named and run the command again; `metriccare validate` checks without AWS.",
  },
  bad_project: {
    what: "`init --project` got a name that resource names cannot start with.",
    why: "It is too long, or has capitals or other characters.",
    todo: "Use 2 to 20 lower case letters, digits and hyphens, a letter first.",
  },
  exists: {
    what: "`init` found a project in that folder.",
    why: "It holds `config` or `glue-scripts` already, and init never overwrites anything.",
    todo: "Choose another folder.",
  },
  not_a_report: {
    what: "The file that `report` would write exists and is no report.",
    why: "`--out` names another file, and report writes over nothing but its own pages.",
    todo: "Name another file, or write over it with `--force`.",
  },
  not_written: {
    what: "The file that `--out` names could not be written.",
    why: "Its folder does not exist or takes no file from you, or the disk is full.",
    todo: "Name another place with `--out`.",
  },
  bad_format: {
    what: "`graph --format` got a format that it does not draw.",
    why: "It is misspelt.",
    todo: "Use text, mermaid, dot or html.",
  },
  unknown_address: {
    what: "`--only` or `--adopt` names an address that the config has not.",
    why: "It is misspelt, or the resource left the config.",
    todo: "An address is kind/id (`glue.job/bronze_patient`), a kind or a service: `metriccare diff --all` lists them.",
  },
  unknown_workflow: {
    what: "The config has no workflow of that id, or several and none was named.",
    why: "It is misspelt, or the name in AWS was given instead of the id in the config.",
    todo: "Take one of the ids that the message lists: `--workflow <id>`.",
  },
  unknown_job: {
    what: "The config has no job of that key.",
    why: "It is misspelt, or the name in AWS was given instead of the key in the config.",
    todo: "Take one of the keys that the message lists.",
  },
  region_disagrees: {
    what: "The environment is pinned to another region than the one that is set.",
    why: "AWS_REGION of another environment is still set.",
    todo: "Unset AWS_REGION, or choose the environment that lives there.",
  },
  account_disagrees: {
    what: "The environment is pinned to another account than the credentials belong to.",
    why: "AWS_PROFILE, or the keys, are those of another account. Nothing was read or changed there.",
    todo: "Choose other credentials, or the environment of that account.",
  },
  not_in_config: {
    what: "The environment has no such thing: no ledger, workflow, function or layer.",
    why: "Its config makes none (`pipeline: none` makes nothing that it does not name).",
    todo: "Add what the message names to the config, or choose another environment.",
  },
  no_region: {
    what: "No AWS region is set.",
    why: "Neither AWS_REGION, nor the profile, nor `aws.region` of the config names one.",
    todo: "Set one of the three.",
  },
  plan_file: {
    what: "A saved plan cannot be written, read or understood.",
    why: "The path is wrong, the folder does not exist, or the file is no plan of this version.",
    todo: "Make a new one: `metriccare diff --env <env> --out <file>`.",
  },
  plan_version: {
    what: "The plan was made by another version of metriccare.",
    why: "The tool was updated since; what it would do may differ.",
    todo: "Make a new plan, and look at it again.",
  },
  plan_env: {
    what: "The plan is for another environment than `--env` says.",
    why: "The file or the option is the wrong one.",
    todo: "Leave `--env` out, or name the plan's environment.",
  },
  plan_account: {
    what: "The plan was made for another account.",
    why: "The credentials in use are not those that the plan was made with.",
    todo: "Choose the credentials of that account, or make a new plan.",
  },
  plan_region: {
    what: "The plan was made for another region.",
    why: "AWS_REGION or the profile changed since.",
    todo: "Choose that region, or make a new plan.",
  },
  plan_config: {
    what: "The config, or a file that it names, changed since the plan was made.",
    why: "What was agreed to is no longer what the config says.",
    todo: "Make a new plan, and look at it again.",
  },
  bug: {
    what: "metriccare met something that it does not understand.",
    why: "It is a fault of metriccare.",
    todo: "Report it with the lines below the message. Running the command again harms nothing.",
  },
  internal: {
    what: "A step met something that cannot be.",
    why: "It is a fault of metriccare.",
    todo: "Report it. Running the command again harms nothing.",
  },
});
