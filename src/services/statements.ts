import { policyEqual } from "../aws/canonical.ts";

import type { PolicyDocument, PolicyStatement } from "./iam/props.ts";

/** Resource policies that hold our statements among other people's: ours are those with our Sid. */

/** Every Sid of ours starts with it: Sids of resource policies take letters and digits only. */
export const OUR_SID = "Metriccare";

const EMPTY: PolicyDocument = { Version: "2012-10-17", Statement: [] };

/** Reads policy text. `Statement` may be one statement instead of a list. */
export function parsePolicy(text: string | undefined): PolicyDocument {
  if (!text) return EMPTY;
  // JSON of AWS's own making (or of whoever wrote the policy): only the shape that IAM itself enforces is relied on.
  const document = JSON.parse(text) as Omit<PolicyDocument, "Statement"> & {
    Statement?: PolicyStatement | readonly PolicyStatement[];
  };
  const statements = document.Statement ?? [];
  return { ...document, Statement: Array.isArray(statements) ? statements : [statements as PolicyStatement] };
}

const isOurs = (statement: PolicyStatement): boolean => statement.Sid?.startsWith(OUR_SID) ?? false;

/** Our statements by key, their Sid taken off. */
export function ourStatements(policy: PolicyDocument): Record<string, PolicyStatement> {
  return Object.fromEntries(
    policy.Statement.filter(isOurs).map(({ Sid = "", ...rest }) => [Sid.slice(OUR_SID.length), rest]),
  );
}

/** Statements that are not ours. */
export const foreignStatements = (policy: PolicyDocument): readonly PolicyStatement[] =>
  policy.Statement.filter((statement) => !isOurs(statement));

/** The policy with our statements replaced by `statements`, other people's as they are. */
export function withStatements(
  policy: PolicyDocument,
  statements: Readonly<Record<string, PolicyStatement>>,
): PolicyDocument {
  const ours = Object.entries(statements).map(([key, statement]) => ({ Sid: `${OUR_SID}${key}`, ...statement }));
  return { ...policy, Statement: [...foreignStatements(policy), ...ours] };
}

/** Two maps of statements, or of whole documents, that mean the same. */
export function samePolicies(a: unknown, b: unknown): boolean {
  const left = (a ?? {}) as Readonly<Record<string, unknown>>;
  const right = (b ?? {}) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && policyEqual(asDocument(left[key]), asDocument(right[key])));
}

/** Two single statements that mean the same, their Sids aside. */
export const sameStatement = ({ Sid: _a, ...a }: PolicyStatement, { Sid: _b, ...b }: PolicyStatement): boolean =>
  policyEqual(asDocument(a), asDocument(b));

const asDocument = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "Effect" in value
    ? { Version: "2012-10-17", Statement: [value] }
    : value;

/** Denies everything that does not come over TLS. */
export const tlsOnly = (action: string, resources: readonly string[]): PolicyStatement => ({
  Effect: "Deny",
  Principal: "*",
  Action: action,
  Resource: resources,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

/** Services that may send, and the key of the statement that lets theirs in. */
const SENDERS: Readonly<Record<string, string>> = {
  "events.amazonaws.com": "Rules",
  "s3.amazonaws.com": "Buckets",
  "sns.amazonaws.com": "Topics",
};

interface Sender {
  readonly service: string;
  readonly arn: string;
}

const send = (action: string, resource: string, account: string, service: string, arns: readonly string[]) => ({
  Effect: "Allow" as const,
  Principal: { Service: service },
  Action: action,
  Resource: resource,
  Condition: { ArnEquals: { "aws:SourceArn": [...arns] }, StringEquals: { "aws:SourceAccount": account } },
});

/** One statement a service: what of this account may send there, and nothing else of that service. */
export function lettingIn(
  action: string,
  resource: string,
  account: string,
  senders: readonly Sender[],
): Record<string, PolicyStatement> {
  const services = Object.keys(SENDERS).filter((one) => senders.some(({ service }) => service === one));
  return Object.fromEntries(
    services.map((service) => {
      const arns = senders.filter((one) => one.service === service).map(({ arn }) => arn);
      return [SENDERS[service] ?? service, send(action, resource, account, service, [...new Set(arns)])];
    }),
  );
}

/** Statements as the config says them; without a resource they are for this one. */
export const ownStatements = (
  statements: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined,
  resource: string | readonly string[],
): Record<string, PolicyStatement> =>
  Object.fromEntries(
    Object.entries(statements ?? {}).map(([key, one]) => [
      key,
      // Written by hand in the config: AWS checks its form.
      {
        ...("Resource" in one || "NotResource" in one ? {} : { Resource: resource }),
        ...one,
      } as unknown as PolicyStatement,
    ]),
  );
