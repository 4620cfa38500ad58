/**
 * Comparing documents by meaning: AWS hands policies back in another order, with scalars for lists of one, account ids
 * as root ARNs, and sometimes as (URL-encoded) text.
 */

/** The document itself, whether it comes as an object, as JSON text or as URL-encoded JSON text. Undefined: no JSON. */
export function parseDocument(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trimStart().startsWith("%7B") ? decodeURIComponent(value) : value;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** JSON with sorted keys: equal texts, equal values. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return `{${Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${stable(inner)}`)
    .join(",")}}`;
}

/** True for JSON (objects or text) of the same value: blanks and the order of keys do not count. */
export function jsonTextEqual(a: unknown, b: unknown): boolean {
  const [x, y] = [parseDocument(a), parseDocument(b)];
  if (x === undefined || y === undefined) return a === b;
  return stable(x) === stable(y);
}

/** True for lists with the same members: order and repetition do not count. A scalar is a list of one, absent an empty one. */
export const setEqual = (a: unknown, b: unknown): boolean => stable(members(a)) === stable(members(b));

/** Members as a sorted list without repetition. */
function members(value: unknown, form: (item: unknown) => unknown = (item) => item): unknown[] {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return [...new Map(list.map((item) => [stable(form(item)), form(item)])).entries()]
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([, item]) => item);
}

const lower = (item: unknown): unknown => (typeof item === "string" ? item.toLowerCase() : item);
const text = (item: unknown): unknown => (typeof item === "boolean" || typeof item === "number" ? String(item) : item);

/** An account id and the ARN of its root are one principal. */
const principal = (item: unknown): unknown =>
  typeof item === "string" ? (/^arn:[\w-]+:iam::(\d{12}):root$/.exec(item)?.[1] ?? item) : item;

/** Fields of a statement that are sets, and how their members are written. */
const SETS: Readonly<Record<string, (item: unknown) => unknown>> = {
  Action: lower,
  NotAction: lower,
  Resource: text,
  NotResource: text,
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Anybody (`*`) can be written as `{"AWS": "*"}` too. */
function principals(value: unknown): unknown {
  if (!isObject(value)) return value === "*" ? { AWS: ["*"] } : value;
  return Object.fromEntries(
    Object.entries(value).map(([type, who]) => [type, members(who, type === "AWS" ? principal : text)]),
  );
}

/** Operators as they are, keys without case, values as sets of texts. Keys that differ in case alone are both kept. */
function conditions(value: unknown): unknown {
  if (!isObject(value)) return value;
  const operators = Object.entries(value).filter(([, keys]) => !isObject(keys) || Object.keys(keys).length > 0);
  return Object.fromEntries(
    operators.map(([operator, keys]) => [
      operator,
      isObject(keys)
        ? members(Object.entries(keys).map(([key, values]) => [key.toLowerCase(), members(values, text)]))
        : keys,
    ]),
  );
}

function statement(value: unknown): unknown {
  if (!isObject(value)) return value;
  const fields = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    if (key === "Sid" && inner === "") return [];
    if (key === "Principal" || key === "NotPrincipal") return [[key, principals(inner)]];
    if (key === "Condition") {
      const canonical = conditions(inner);
      return isObject(canonical) && Object.keys(canonical).length === 0 ? [] : [[key, canonical]];
    }
    const form = SETS[key];
    return [[key, form ? members(inner, form) : inner]];
  });
  return Object.fromEntries(fields);
}

/** A policy in one fixed form, as text: policies that mean the same give the same text. Undefined: not a document. */
export function canonicalPolicy(policy: unknown): string | undefined {
  const document = parseDocument(policy);
  if (!isObject(document)) return undefined;
  const { Version: version = "2008-10-17", Statement: statements, Id: _id, ...rest } = document;
  return stable({ ...rest, Version: version, Statement: members(statements, statement) });
}

/** True for policies that mean the same. No policy at all equals only no policy. */
export function policyEqual(a: unknown, b: unknown): boolean {
  const [x, y] = [canonicalPolicy(a), canonicalPolicy(b)];
  if (x === undefined || y === undefined) return (a ?? undefined) === (b ?? undefined);
  return x === y;
}

/** Principals that AWS shows by their id (`AROA…`): the role or user they meant was deleted. */
export function deletedPrincipals(policy: unknown): readonly string[] {
  return [...new Set((canonicalPolicy(policy) ?? "").match(/\bA(?:RO|ID)A[A-Z0-9]{12,}\b/g))];
}
