import type { Scope } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import type { Entry } from "../service.ts";
import { service } from "../service.ts";
import { eventsClient } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { ruleKey } from "./bus.ts";
import { declareRules, ruleCalls } from "./declare.ts";
import { eventsCoverage } from "./fields.ts";
import { rule } from "./rule.ts";
import { ruleRights } from "./rights.ts";
import { ruleSection } from "./section.ts";
import { eventsArn } from "./arn.ts";

const ruleArn = (scope: Scope, name: string, entry: Entry): string =>
  eventsArn.rule(scope, ruleKey(scope, name, "bus" in entry ? String(entry.bus) : undefined));

/** Amazon EventBridge. */
export const events = service({
  name: "events",
  client: eventsClient,
  coverage: eventsCoverage,
  faults,
  codes: { errors, findings },
  kinds: [anyKind(rule)],
  sections: {
    rules: {
      kind: "events.rule",
      one: "rule",
      about: "EventBridge rules.",
      schema: ruleSection,
      named: {
        limit: { max: 64, form: /^[.\-_A-Za-z0-9]+$/, words: "letters, digits and ._-" },
        arn: ruleArn,
        inPolicies: { always: true },
      },
    },
  },
  where: [[/^events:/, "rules"]],
  everywhere: {
    "events:ListRuleNamesByTarget": "asks for all rules with a target; it cannot be bound to one",
  },
  rights: ruleRights,
  declare: declareRules,
  calls: ruleCalls,
});
