import { addressText, type Address, type Finding } from "../../engine/types.ts";
import type { RuleProps } from "./props.ts";

/** Characters of a pattern that EventBridge takes. Source: "Amazon EventBridge quotas", Event pattern size: adjustable, up to 4,096. */
export const PATTERN_MAX = 2048;

/** Characters of a pattern as it is sent. */
export const patternLength = (pattern: object): number => JSON.stringify(pattern).length;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of the jobs whose events a pattern takes, as `jobEvents` writes it. */
function jobsIn(pattern: RuleProps["pattern"]): readonly string[] {
  const detail = pattern?.["detail"];
  if (!isObject(detail)) return [];
  const entries = Array.isArray(detail["$or"]) ? detail["$or"].filter(isObject) : [detail];
  return entries.flatMap(({ jobName }) => (Array.isArray(jobName) ? jobName.map(String) : []));
}

/** Whom it tells of which job: what another rule may take on. */
export const coversOf = ({ enabled, pattern, targets }: RuleProps): readonly string[] =>
  enabled ? Object.values(targets).flatMap(({ arn }) => jobsIn(pattern).map((job) => `${arn} ${job}`)) : [];

/** What is told of a pattern that only a raised quota lets in. */
export function longPattern(address: Address, pattern: RuleProps["pattern"]): Finding[] {
  const length = pattern === null ? 0 : patternLength(pattern);
  if (length <= PATTERN_MAX) return [];
  return [
    {
      code: "rule_pattern_long",
      level: "warning",
      at: addressText(address),
      text: `its pattern has ${length.toLocaleString("en")} characters; EventBridge takes ${PATTERN_MAX.toLocaleString("en")}, and at most 4,096 where that quota was raised`,
      fix: "Shorten it, use several rules, or have the quota `Event pattern size` raised first. For ends of jobs, `jobEvents` makes as many rules as it takes.",
    },
  ];
}
