import type { Where } from "./places.ts";

/** Actions without a resource of their own, and why `*` is the least that IAM takes. Source: Service Authorization Reference. */
export const EVERYWHERE: Readonly<Record<string, string>> = {
  "events:ListRuleNamesByTarget": "asks for all rules with a target; it cannot be bound to one",
  "iam:ListRoles": "a list of roles is of the account; it cannot be bound to names",
  "logs:DescribeLogGroups": "a list of log groups is of the account and region",
  "sns:GetSubscriptionAttributes": "subscriptions are no resources of IAM",
  "sns:SetSubscriptionAttributes": "subscriptions are no resources of IAM",
  "sns:Unsubscribe": "subscriptions are no resources of IAM",
  "sts:GetCallerIdentity": "has no resource (and AWS never refuses it)",
  "tag:GetResources": "tag search has no resource: it shows names and tags only",
};

const BY_ACTION: Readonly<Record<string, Where>> = {
  // The catalog's own, where the rest of Glue knows jobs, triggers and workflows.
  "glue:GetTables": "databases",
  "glue:GetTags": "glue",
  "glue:TagResource": "glue",
  "glue:UntagResource": "glue",
  "glue:GetConnection": "glueConnections",
  "logs:GetLogEvents": "jobLogs",
  "iam:CreatePolicy": "boundary",
  "iam:CreatePolicyVersion": "boundary",
  "iam:DeletePolicy": "boundary",
  "iam:DeletePolicyVersion": "boundary",
  "iam:GetPolicy": "boundary",
  "iam:GetPolicyVersion": "boundary",
  "iam:ListPolicyVersions": "boundary",
  "iam:TagPolicy": "boundary",
  "iam:UntagPolicy": "boundary",
  "s3:GetObject": "objects",
  "s3:GetObjectVersion": "objects",
  "s3:GetObjectTagging": "objects",
  "s3:GetObjectVersionTagging": "objects",
  "s3:PutObject": "objects",
  "s3:PutObjectTagging": "objects",
  "s3:GetObjectAcl": "objects",
  "s3:GetObjectLegalHold": "objects",
  "s3:GetObjectRetention": "objects",
  "s3:PutObjectAcl": "objects",
  "s3:PutObjectLegalHold": "objects",
  "s3:PutObjectRetention": "objects",
  "s3:DeleteObject": "objects",
  "s3:DeleteObjectVersion": "objects",
  "s3:AbortMultipartUpload": "objects",
};

const BY_PATTERN: readonly (readonly [RegExp, Where])[] = [
  [/^glue:.*SecurityConfigurations?$/, "securityConfigurations"],
  [/^glue:.*Connection$/, "connections"],
  [/^glue:.*Crawlers?$/, "crawlers"],
  [/^glue:.*Database$/, "databases"],
  // Each of these knows one type of resource alone: in one statement they allow no more, and it is shorter.
  [/^glue:.*(Jobs?|JobRuns?|Triggers?|Workflow(s|Run|Runs)?)$/, "glue"],
  [/^s3:/, "buckets"],
  [/^lambda:/, "functions"],
  [/^dynamodb:/, "tables"],
  [/^sns:/, "topics"],
  [/^sqs:/, "queues"],
  [/^events:/, "rules"],
  [/^iam:/, "roles"],
  [/^logs:/, "logGroups"],
];

/** Where an action applies unless its user says otherwise. An action that nobody has thought about is an error. */
export function whereOf(action: string): Where {
  if (Object.hasOwn(EVERYWHERE, action)) return "anything";
  const where = BY_ACTION[action] ?? BY_PATTERN.find(([pattern]) => pattern.test(action))?.[1];
  if (where === undefined) throw new Error(`no resource is known for ${action}`);
  return where;
}
