import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPolicy, deletedPrincipals, jsonTextEqual, policyEqual, setEqual } from "../../src/aws/canonical.ts";

type Scalar = string | readonly string[];
interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, Scalar>>;
  readonly Action: Scalar;
  readonly Resource: Scalar;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Scalar>>>>;
}
interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

const some = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(arb, { minLength: 1, maxLength: 4, selector: (x) => JSON.stringify(x) });
const action = fc.constantFrom("s3:GetObject", "s3:PutObject", "s3:*", "glue:StartWorkflowRun", "sns:Publish");
const resource = fc.constantFrom(
  "*",
  "arn:aws:s3:::b",
  "arn:aws:s3:::b/*",
  "arn:aws:s3:::B/*",
  "arn:aws:sns:us-east-1:123456789012:t",
);
const who = fc.constantFrom(
  "arn:aws:iam::123456789012:root",
  "arn:aws:iam::123456789012:role/r",
  "arn:aws:iam::210987654321:root",
);
const condition = fc.dictionary(
  fc.constantFrom("StringEquals", "ArnLike", "Bool"),
  fc.dictionary(
    fc.constantFrom("aws:SourceAccount", "aws:SourceArn", "aws:SecureTransport"),
    some(fc.constantFrom("123456789012", "arn:aws:s3:::b", "true")),
    { minKeys: 1, maxKeys: 2 },
  ),
  { minKeys: 1, maxKeys: 2 },
);
const statement: fc.Arbitrary<Statement> = fc.record(
  {
    Sid: fc.constantFrom("A", "B"),
    Effect: fc.constantFrom("Allow" as const, "Deny" as const),
    Principal: fc.oneof(
      fc.constant("*" as const),
      some(who).map((AWS) => ({ AWS })),
      fc.constant({ Service: ["glue.amazonaws.com", "lambda.amazonaws.com"] }),
    ),
    Action: some(action),
    Resource: some(resource),
    Condition: condition,
  },
  { requiredKeys: ["Effect", "Action", "Resource"] },
);
const policy: fc.Arbitrary<Policy> = fc.record({
  Version: fc.constant("2012-10-17"),
  Statement: fc.uniqueArray(statement, {
    minLength: 1,
    maxLength: 4,
    selector: (s) => canonicalPolicy({ Version: "2012-10-17", Statement: s }) ?? "",
  }),
});

/** A source of decisions for one rewrite: reads off a random list, over and over. */
const decisions = fc.array(fc.nat({ max: 999 }), { minLength: 30, maxLength: 60 });
const chooser = (list: readonly number[]): ((n: number) => number) => {
  let at = 0;
  return (n) => (list[(at += 1) % list.length] ?? 0) % n;
};

function rewrite(document: Policy, list: readonly number[]): unknown {
  const pick = chooser(list);
  const shuffle = <T>(items: readonly T[]): T[] => {
    const rest = [...items];
    const out: T[] = [];
    while (rest.length > 0) out.push(...rest.splice(pick(rest.length), 1));
    return out;
  };
  const keys = <T extends object>(value: T): T => Object.fromEntries(shuffle(Object.entries(value))) as T;
  const set = (value: Scalar, form: (x: string) => string = (x) => x): unknown => {
    const items = shuffle(typeof value === "string" ? [value] : value).map(form);
    if (items.length === 1 && pick(2) === 0) return items[0];
    return pick(3) === 0 ? [...items, items[0]] : items;
  };
  const anyCase = (x: string): string => (pick(2) === 0 ? x.toUpperCase() : x);
  const root = (x: string): string => (pick(2) === 0 ? x.replace(/^arn:aws:iam::(\d+):root$/, "$1") : x);
  const principal = (value: NonNullable<Statement["Principal"]>): unknown => {
    if (value === "*") return pick(2) === 0 ? "*" : { AWS: pick(2) === 0 ? "*" : ["*"] };
    return keys(
      Object.fromEntries(
        Object.entries(value).map(([type, names]) => [type, set(names, type === "AWS" ? root : undefined)]),
      ),
    );
  };
  const conditionOf = (value: NonNullable<Statement["Condition"]>): unknown =>
    keys(
      Object.fromEntries(
        Object.entries(value).map(([operator, inner]) => [
          operator,
          keys(Object.fromEntries(Object.entries(inner).map(([key, values]) => [anyCase(key), set(values)]))),
        ]),
      ),
    );
  const statements = shuffle(document.Statement).map((s) =>
    keys({
      ...s,
      Action: set(s.Action, anyCase),
      Resource: set(s.Resource),
      ...(s.Principal ? { Principal: principal(s.Principal) } : {}),
      ...(s.Condition ? { Condition: conditionOf(s.Condition) } : {}),
    }),
  );
  const whole = keys({ ...document, Statement: statements.length === 1 && pick(2) === 0 ? statements[0] : statements });
  return [whole, JSON.stringify(whole), JSON.stringify(whole, null, 2), encodeURIComponent(JSON.stringify(whole))][
    pick(4)
  ];
}

/** One change of meaning. */
function change(document: Policy, list: readonly number[]): Policy {
  const pick = chooser(list);
  const at = pick(document.Statement.length);
  const edit = (s: Statement): Statement => {
    switch (pick(5)) {
      case 0:
        return { ...s, Effect: s.Effect === "Allow" ? "Deny" : "Allow" };
      case 1:
        return { ...s, Action: [...s.Action, "kms:Decrypt"] };
      case 2:
        return { ...s, Resource: [...s.Resource, "arn:aws:s3:::other"] };
      case 3:
        return { ...s, Condition: { ...s.Condition, StringLike: { "s3:prefix": ["x"] } } };
      default:
        return { ...s, Principal: { Federated: ["x"] } };
    }
  };
  return { ...document, Statement: document.Statement.map((s, i) => (i === at ? edit(s) : s)) };
}

describe("policies are compared by meaning", () => {
  test("a random equivalent rewrite is equal", () => {
    fc.assert(
      fc.property(policy, decisions, (document, list) => policyEqual(document, rewrite(document, list))),
      { numRuns: 500 },
    );
  });

  test("a random change of meaning is not, however it is written", () => {
    fc.assert(
      fc.property(
        policy,
        decisions,
        decisions,
        (document, list, other) => !policyEqual(rewrite(document, other), rewrite(change(document, list), list)),
      ),
      { numRuns: 500 },
    );
  });

  test("a statement less, a principal less, another version: not equal", () => {
    const base = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "a:b", Resource: "*", Principal: { AWS: ["1", "2"] } }],
    };
    expect(policyEqual(base, { ...base, Statement: [] })).toBe(false);
    expect(policyEqual(base, { ...base, Version: "2008-10-17" })).toBe(false);
    expect(policyEqual(base, { ...base, Statement: [{ ...base.Statement[0], Principal: { AWS: "1" } }] })).toBe(false);
    expect(policyEqual({ ...base, Version: "2008-10-17" }, { Statement: base.Statement })).toBe(true);
  });

  test("resources keep their case, booleans and numbers are texts, no policy is no policy", () => {
    const on = (Resource: string): object => ({ Statement: { Effect: "Allow", Action: "s3:*", Resource } });
    expect(policyEqual(on("arn:aws:s3:::b"), on("arn:aws:s3:::B"))).toBe(false);
    const when = (value: unknown): object => ({
      Statement: { Effect: "Deny", Action: "*", Resource: "*", Condition: { Bool: { "aws:SecureTransport": value } } },
    });
    expect(policyEqual(when(false), when("false"))).toBe(true);
    expect(policyEqual(undefined, null)).toBe(true);
    expect(policyEqual(undefined, on("*"))).toBe(false);
    expect(policyEqual("not json", on("*"))).toBe(false);
  });

  test("principals that were deleted are found by their ids", () => {
    expect(
      deletedPrincipals({ Statement: { Effect: "Allow", Action: "*", Principal: { AWS: "AROAEXAMPLEEXAMPLE123" } } }),
    ).toEqual(["AROAEXAMPLEEXAMPLE123"]);
  });
});

describe("JSON texts and sets", () => {
  test("any JSON equals itself in another layout and order", () => {
    fc.assert(
      fc.property(
        fc.object({
          withBigInt: false,
          withDate: false,
          withMap: false,
          withSet: false,
          withTypedArray: false,
          values: [fc.integer(), fc.string(), fc.boolean(), fc.constant(null)],
        }),
        (value) => {
          const turned = (x: unknown): unknown =>
            typeof x !== "object" || x === null
              ? x
              : Array.isArray(x)
                ? x.map(turned)
                : Object.fromEntries(
                    Object.entries(x)
                      .reverse()
                      .map(([k, v]) => [k, turned(v)]),
                  );
          return jsonTextEqual(value, JSON.stringify(turned(value), null, 3));
        },
      ),
    );
    expect(jsonTextEqual('{"a":1}', '{"a":2}')).toBe(false);
    expect(jsonTextEqual("[1,2]", "[2,1]")).toBe(false);
    expect(jsonTextEqual("plain", "plain")).toBe(true);
  });

  test("sets", () => {
    fc.assert(fc.property(fc.array(fc.string()), (list) => setEqual(list, [...list, ...list].reverse())));
    expect(setEqual(["a"], "a")).toBe(true);
    expect(setEqual([], undefined)).toBe(true);
    expect(setEqual(["a"], ["a", "b"])).toBe(false);
  });
});
