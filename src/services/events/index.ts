export type { RuleProps, RuleTarget } from "./props.ts";
export { rule } from "./rule.ts";
