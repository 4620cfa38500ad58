import { meanings } from "../../codes/meaning.ts";

/** What Glue refuses. */
export const errors = meanings({
  arguments_too_large: {
    what: "The arguments of a job are larger than Glue takes.",
    why: "Glue holds some 180 kB of them.",
    todo: "Put the long value into an object in S3 and pass its key.",
  },
  concurrent_runs_exceeded: {
    what: "Glue starts no further run: one is on.",
    why: "The workflow or the job takes one run at a time, so that its tables have one writer.",
    todo: "Wait for it, or follow it with `metriccare run-workflow --attach`.",
  },
  illegal_workflow_state: {
    what: "Glue refuses the action in the state that the run is in.",
    why: "It is still on, or already over.",
    todo: "Look at it again with `metriccare runs show`.",
  },
  trigger_active: {
    what: "Glue does not change a trigger that is active.",
    why: "It is being stopped, and Glue is slow.",
    todo: "Run the same command again.",
  },
});

/** What Glue would refuse, or what surprises about it. */
export const findings = meanings({
  connection_form: {
    what: "A connection lacks what its type asks for, or its network is not whole.",
    why: "AWS wants certain properties of each type, and a security group beside a subnet.",
    todo: "Add what the finding names.",
  },
  connection_secret: {
    what: "A property of a connection looks like a secret.",
    why: "Everybody who may read the connection reads it. Its value is never shown here.",
    todo: "Keep user name and password in AWS Secrets Manager and name the secret in SECRET_ID (or `authentication.secretArn`).",
  },
  crawler_form: {
    what: "A crawler is formed as Glue does not take it.",
    why: "It looks at nothing, writes nowhere, or its settings exclude each other.",
    todo: "Correct what the finding names.",
  },
  job_argument_secret: {
    what: "An argument of a job looks like a secret.",
    why: "Arguments are shown in the console and may be logged. Its value is never shown here.",
    todo: "Keep it in AWS Secrets Manager and pass its name.",
  },
  job_arguments_size: {
    what: "The arguments of a job are nearly, or more than, what Glue takes.",
    why: "Glue holds some 180 kB of them.",
    todo: "Put lists into an object in S3 and pass its key.",
  },
  job_cost: {
    what: "One run of a job may be dear.",
    why: "Workers, timeout and retries add up.",
    todo: "Lower timeout, numberOfWorkers or maxRetries.",
  },
  job_hudi_version: {
    what: "The Glue version, or a setting, brings another Hudi than the scripts are made for.",
    why: "Tables written by Hudi 1.x cannot be read by Glue 5.0 and Athena.",
    todo: "Use Glue 5.0, or set what the finding names.",
  },
  job_maintenance_window: {
    what: "A maintenance window is set on a job that is not a streaming job.",
    why: "Only streaming jobs go on for ever.",
    todo: "Remove `maintenanceWindow`.",
  },
  job_worker_type: {
    what: "The worker type does not go with the job.",
    why: "Glue takes it for other versions, kinds or execution classes only.",
    todo: "Use what the finding names.",
  },
  security_configuration_key: {
    what: "A part of a security configuration has a key without a use, or a use without a key.",
    why: "Only the modes that end in -KMS use a key.",
    todo: "Add the key's ARN, or remove it, or change the mode.",
  },
  trigger_form: {
    what: "A trigger is formed as Glue does not take it.",
    why: "It waits for nothing, for what it starts, or starts too many jobs; or its schedule is none.",
    todo: "Correct what the finding names.",
  },
  trigger_off: {
    what: "A trigger is not enabled, so the jobs behind it never start.",
    why: "`enabled: false`.",
    todo: "Set `enabled: true`.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly glue: typeof errors;
  }
  interface ServiceFindings {
    readonly glue: typeof findings;
  }
}
