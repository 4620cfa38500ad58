import { meanings } from "../../codes/meaning.ts";

/** What CloudWatch Logs would refuse, or what surprises about it. */
export const findings = meanings({
  log_key_kept: {
    what: "A log group is encrypted with a key that the config does not name: the key stays.",
    why: "Taking it off would leave new lines unencrypted by it.",
    todo: "Name it as `logs.kmsKeyId` to have new groups encrypted with it too.",
  },
  log_retention: {
    what: "CloudWatch Logs cannot keep lines for that many days.",
    why: "It takes certain numbers only.",
    todo: "Choose one of those that the finding lists.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceFindings {
    readonly logs: typeof findings;
  }
}
