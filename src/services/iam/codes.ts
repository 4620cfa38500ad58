import { meanings } from "../../codes/meaning.ts";

/** What IAM refuses. */
export const errors = meanings({
  boundary_missing: {
    what: "The permissions boundary that the roles need does not exist.",
    why: "It is somebody else's to make, and has not been made.",
    todo: "`metriccare iam-policy boundary --env <env>` prints it for whoever may make it. Then run the same command again.",
  },
  boundary_not_ready: {
    what: "IAM does not show the new permissions boundary yet.",
    why: "IAM spreads what is new within seconds; it was waited for.",
    todo: "Run the same command again.",
  },
});

/** What IAM would refuse, or what surprises about it. */
export const findings = meanings({
  inline_policies_too_long: {
    what: "The inline policies of a role are too long.",
    why: "A role takes 10,240 characters of them.",
    todo: "Shorten them, or move statements into a managed policy.",
  },
  policy_too_long: {
    what: "The permissions boundary that follows from the config is too long.",
    why: "A managed policy takes 6,144 characters.",
    todo: "Shorten the roles' own policies, or name a boundary of your own.",
  },
  session_duration: {
    what: "A session of a role cannot be that long.",
    why: "IAM takes 3,600 to 43,200 seconds.",
    todo: "Choose a value within.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly iam: typeof errors;
  }
  interface ServiceFindings {
    readonly iam: typeof findings;
  }
}
