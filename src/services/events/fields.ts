import type { ServiceCoverage } from "../coverage.ts";
import { coverage } from "./rule.ts";
import { eventsTerraform } from "./terraform.ts";

/** What EventBridge tells of rules and targets. */
export const eventsCoverage: ServiceCoverage = {
  fields: { DescribeRuleResponse: coverage.rule, Target: coverage.target },
  terraform: eventsTerraform,
};
