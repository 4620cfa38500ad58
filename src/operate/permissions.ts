import type { Audience, Grant } from "../lakehouse/access/policy.ts";

/** Rights of everything that is no declaration, by who makes the call. A test holds them against the calls really made. */
interface Use {
  readonly calls: string;
  /** Of apply and destroy alone. */
  readonly deploys?: true;
  readonly read: readonly Grant[];
  readonly write?: readonly Grant[];
}

const USES: readonly Use[] = [
  {
    calls: "the lease of apply and destroy",
    deploys: true,
    read: [],
    write: [
      { action: "s3:GetObject", where: "uploads" },
      { action: "s3:PutObject", where: "uploads" },
      { action: "s3:DeleteObject", where: "uploads" },
      { action: "s3:DeleteObjectVersion", where: "uploads" },
      { action: "s3:ListBucketVersions" },
    ],
  },
  {
    calls: "ingest, ledger backfill",
    // A missing object is told from a forbidden one only to those who may list.
    read: [{ action: "s3:ListBucket" }],
    write: [
      { action: "s3:GetObject", where: "raw" },
      { action: "s3:PutObject", where: "raw" },
      { action: "s3:AbortMultipartUpload", where: "raw" },
      { action: "lambda:InvokeFunction" },
      // Why a file was not recorded: the function's own log says.
      { action: "logs:FilterLogEvents" },
    ],
  },
  {
    calls: "where, ledger audit, quarantine list",
    // `where` asks S3 for the head of a raw object; IAM knows no right to that alone.
    read: [
      { action: "s3:ListBucket" },
      { action: "s3:ListBucketVersions" },
      { action: "s3:GetObject", where: "raw" },
      { action: "s3:GetObjectVersion", where: "raw" },
      { action: "s3:GetObject", where: "bronze" },
      { action: "s3:GetObject", where: "silverCommits" },
      { action: "s3:GetObject", where: "gold" },
      // The parameters that Gold's jobs have, and the value set among them.
      { action: "glue:BatchGetJobs" },
      { action: "s3:GetObject", where: "uploads" },
    ],
  },
  {
    calls: "ledger",
    read: [{ action: "dynamodb:Query" }, { action: "dynamodb:BatchGetItem" }, { action: "dynamodb:DescribeTable" }],
    // A row that was lost is put again by `ledger audit --repair`.
    write: [{ action: "dynamodb:UpdateItem" }, { action: "dynamodb:PutItem" }],
  },
  {
    calls: "runs and run-workflow",
    read: [
      { action: "glue:GetWorkflow" },
      { action: "glue:GetWorkflowRun" },
      { action: "glue:GetWorkflowRuns" },
      { action: "glue:GetJobRun" },
      { action: "logs:GetLogEvents" },
    ],
    write: [
      { action: "glue:StartWorkflowRun" },
      { action: "glue:StopWorkflowRun" },
      { action: "glue:ResumeWorkflowRun" },
    ],
  },
  {
    calls: "measures",
    read: [
      { action: "s3:ListBucket" },
      { action: "s3:GetObject", where: "gold" },
      // Whether they are stale: what their jobs have now, and how far Silver is.
      { action: "glue:BatchGetJobs" },
      { action: "s3:GetObject", where: "uploads" },
    ],
  },
  {
    calls: "doctor, alerts",
    // doctor also simulates what a role may do, where it may: it goes on without.
    read: [{ action: "lambda:GetFunctionConcurrency" }, { action: "events:ListRuleNamesByTarget" }],
    write: [
      { action: "sns:Publish" },
      { action: "s3:DeleteObject", where: "raw" },
      { action: "s3:DeleteObjectVersion", where: "raw" },
      { action: "s3:ListBucketVersions" },
      { action: "dynamodb:DeleteItem" },
    ],
  },
];

/** What operations need of their caller: a reader, who is there for drift checks, gets none of it; the lease is apply's. */
export const operateGrants = (audience: Audience): Grant[] =>
  audience === "reader"
    ? []
    : USES.filter(({ deploys }) => audience === "deployer" || !deploys).flatMap(({ read, write = [] }) => [
        ...read,
        ...write,
      ]);

/** What `forget` needs beside an operator's rights. It erases for good, so it is in no policy that does not ask for it. */
export const forgetGrants = (): Grant[] => [
  { action: "glue:GetJob" },
  { action: "glue:GetJobRun" },
  { action: "glue:StartJobRun" },
  { action: "s3:ListBucketVersions" },
  { action: "s3:ListBucketMultipartUploads" },
  { action: "s3:AbortMultipartUpload", where: "raw" },
  { action: "s3:PutObject", where: "raw" },
  // A file that is rewritten keeps its tags.
  { action: "s3:GetObjectTagging", where: "raw" },
  { action: "s3:PutObjectTagging", where: "raw" },
  { action: "s3:PutObject", where: "temp" },
  ...["raw", "bronze", "silver", "temp"].flatMap((where): Grant[] => [
    { action: "s3:GetObject", where },
    { action: "s3:GetObjectVersion", where },
  ]),
  ...["raw", "bronze", "silver", "temp"].flatMap((where): Grant[] => [
    { action: "s3:DeleteObject", where },
    { action: "s3:DeleteObjectVersion", where },
  ]),
  { action: "dynamodb:DeleteItem" },
];

/** What `measures --why` reads: single encounters and stays, with the ids of patients. It is in no policy that does not ask for it. */
export const whyGrants = (): Grant[] => [{ action: "s3:GetObject", where: "silverStays" }];
