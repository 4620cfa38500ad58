import { parsePolicy } from "../../services/statements.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";

/** A call by an AWS service on one resource, as a resource policy judges it. */
export interface ServiceCall {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `sns:Publish` */
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the call, by their lower-case names: `aws:sourcearn`. */
  readonly context: Readonly<Record<string, string>>;
}

type Texts = string | readonly string[];

const list = (value: Texts | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** `*` and `?` as in IAM. */
function like(pattern: string, text: string): boolean {
  const source = [...pattern].map((char) =>
    char === "*" ? "[\\s\\S]*" : char === "?" ? "[\\s\\S]" : char.replace(/[\\^$.|+()[\]{}]/g, "\\$&"),
  );
  return new RegExp(`^${source.join("")}$`).test(text);
}

type Test = (wanted: string, have: string) => boolean;
const same: Test = (wanted, have) => wanted === have;
const TESTS: Readonly<Record<string, Test>> = {
  stringequals: same,
  stringequalsignorecase: (wanted, have) => wanted.toLowerCase() === have.toLowerCase(),
  stringlike: like,
  arnequals: like,
  arnlike: like,
  bool: (wanted, have) => wanted.toLowerCase() === have.toLowerCase(),
};
const NEGATED: Readonly<Record<string, Test>> = {
  stringnotequals: same,
  stringnotlike: like,
  arnnotequals: like,
  arnnotlike: like,
};

/** One operator with all its keys. undefined: an operator that is not known here. */
function operatorHolds(
  name: string,
  tests: Readonly<Record<string, Texts>>,
  context: ServiceCall["context"],
): boolean | undefined {
  const lower = name.toLowerCase();
  const ifExists = lower.endsWith("ifexists");
  const operator = ifExists ? lower.slice(0, -"ifexists".length) : lower;
  const positive = TESTS[operator];
  const negative = NEGATED[operator];
  for (const [key, value] of Object.entries(tests)) {
    const have = context[key.toLowerCase()];
    if (operator === "null") {
      if (list(value).includes(String(have === undefined)) === false) return false;
    } else if (positive) {
      if (have === undefined ? !ifExists : !list(value).some((wanted) => positive(wanted, have))) return false;
    } else if (negative) {
      if (have !== undefined && list(value).some((wanted) => negative(wanted, have))) return false;
    } else return undefined;
  }
  return true;
}

function conditionsHold(statement: PolicyStatement, context: ServiceCall["context"]): boolean | undefined {
  let unknown = false;
  for (const [operator, tests] of Object.entries(statement.Condition ?? {})) {
    const holds = operatorHolds(operator, tests, context);
    if (holds === false) return false;
    unknown ||= holds === undefined;
  }
  return unknown ? undefined : true;
}

function names(statement: PolicyStatement, service: string): boolean {
  const { Principal: principal } = statement;
  if (principal === undefined) return false;
  if (typeof principal === "string") return principal === "*";
  return Object.entries(principal).some(([kind, who]) =>
    list(who).some((each) => each === "*" || (kind === "Service" && each === service)),
  );
}

function covers(statement: PolicyStatement, { service, action, resource }: ServiceCall): boolean {
  const actions = list(statement.Action);
  const resources = list(statement.Resource);
  return (
    names(statement, service) &&
    actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    (resources.length === 0 || resources.some((pattern) => like(pattern, resource)))
  );
}

/**
 * Whether a resource policy lets a service do this. Answers undefined when it does, else why not. A condition that is not
 * understood never counts as a permission.
 */
export function refusal(policy: string | undefined, call: ServiceCall): string | undefined {
  const statements = parsePolicy(policy).Statement.filter((statement) => covers(statement, call));
  const denied = statements.find((one) => one.Effect === "Deny" && conditionsHold(one, call.context) === true);
  if (denied) return `the policy denies it${denied.Sid ? ` (${denied.Sid})` : ""}`;
  const allowing = statements.filter((one) => one.Effect === "Allow");
  if (allowing.some((one) => conditionsHold(one, call.context) === true)) return undefined;
  if (allowing.length === 0) return `the policy does not name ${call.service}`;
  return `the policy names ${call.service} under conditions that do not hold for ${call.context["aws:sourcearn"] ?? "it"}`;
}
