import { meanings } from "../../codes/meaning.ts";

/** What EventBridge refuses. */
export const errors = meanings({
  managed_rule: {
    what: "AWS itself manages the EventBridge rule of that name.",
    why: "Another service made it.",
    todo: "Choose another name.",
  },
  rule_has_targets: {
    what: "EventBridge does not delete a rule that has targets.",
    why: "Somebody else put targets of theirs on it.",
    todo: "Remove them first.",
  },
});

/** What EventBridge would refuse, or what surprises about it. */
export const findings = meanings({
  rule_bus: {
    what: "A rule cannot be on the bus that it names.",
    why: "Schedules run on the default bus alone, and a rule in another account or region cannot bear our mark.",
    todo: "Leave `bus` out or use a pattern; make a rule of another account there.",
  },
  rule_pattern_long: {
    what: "The pattern of a rule is longer than EventBridge takes by default.",
    why: "The quota is 2,048 characters, which AWS raises up to 4,096 on request.",
    todo: "Shorten it, use several rules, or have the quota raised. For ends of jobs use `jobEvents`: it makes as many rules as it takes.",
  },
  rule_schedule: {
    what: "The schedule of a rule is none.",
    why: "EventBridge takes `rate(…)` and `cron(…)`.",
    todo: 'Write "rate(1 hour)" or "cron(0 3 * * ? *)".',
  },
  rule_trigger: {
    what: "A rule has neither a schedule nor a pattern, or both.",
    why: "It needs exactly one.",
    todo: "Give exactly one of the two.",
  },
  too_many_targets: {
    what: "A rule has more targets than EventBridge takes.",
    why: "It takes 5.",
    todo: "Use a second rule.",
  },
  target_input: {
    what: "A target of a rule has both a constant input and a transformer.",
    why: "EventBridge takes one.",
    todo: "Give one of the two.",
  },
  target_key: {
    what: "The key of a target has characters that it may not have.",
    why: "It is part of an id in EventBridge.",
    todo: "Use letters, digits and underscores.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly events: typeof errors;
  }
  interface ServiceFindings {
    readonly events: typeof findings;
  }
}
