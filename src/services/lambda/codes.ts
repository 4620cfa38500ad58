import { meanings } from "../../codes/meaning.ts";

/** What Lambda refuses. */
export const errors = meanings({
  update_in_progress: {
    what: "Lambda is still changing the function.",
    why: "It takes one change at a time.",
    todo: "Run the same command again.",
  },
});

/** What Lambda would refuse, or what surprises about it. */
export const findings = meanings({
  function_code: {
    what: "A function has no code, or code from several places.",
    why: "It comes from a folder, from a bucket or from a container image.",
    todo: "Give exactly one of them.",
  },
  function_environment: {
    what: "The variables of a function are too long.",
    why: "Lambda takes 4,096 characters.",
    todo: "Shorten them.",
  },
  function_event_age: {
    what: "`maxEventAge` is not possible.",
    why: "Lambda takes 60 to 21,600 seconds.",
    todo: "Choose a value within.",
  },
  function_memory: {
    what: "The memory of a function is not possible.",
    why: "Lambda takes 128 to 10,240 MB.",
    todo: "Choose a value within.",
  },
  function_retries: {
    what: "The number of retries of a function is not possible.",
    why: "Lambda takes 0 to 2.",
    todo: "Choose a value within.",
  },
  function_settings: {
    what: "Settings of a function do not go together.",
    why: "Lambda refuses one beside the other, or one without the other.",
    todo: "Do what the finding says.",
  },
  function_timeout: {
    what: "The timeout of a function is not possible.",
    why: "Lambda takes 1 to 900 seconds.",
    todo: "Choose a value within.",
  },
  function_variable: {
    what: "A variable of a function has a name that Lambda does not take.",
    why: "Lambda sets it itself, or it is no name of a variable.",
    todo: "Choose another name.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly lambda: typeof errors;
  }
  interface ServiceFindings {
    readonly lambda: typeof findings;
  }
}
