import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PolicyDocument } from "../../src/services/iam/props.ts";
import { project } from "../services/compile/project.ts";
import { allows, type Need, needsOf } from "../harness/iam-needs.ts";
import { inProcess } from "../harness/in-process.ts";

/** What somebody who holds a printed policy, or a role of ours, might try: call by call, as IAM decides. */

const ACCOUNT = "123456789012";
const iam = (what: string): string => `arn:aws:iam::${ACCOUNT}:${what}`;
const BOUNDARY = iam("policy/metriccare_boundary_dev");
const OURS = "metriccare_glue_gold_dev";
const EVERYTHING = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
const at = (id: string, env = "dev", name = "metriccare"): string => `${name}-${id}-${env}-${ACCOUNT}-us-east-1`;

const PLACE = ["--account", ACCOUNT, "--region", "us-east-1"];
const folder = project({
  "config/own.yaml": `
permissionsBoundary: hospital-edge
roles:
  glue_gold: { permissionsBoundary: none }
  glue_silver: { managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] }
`,
  "config/their_own.yaml": "",
  "config/mixed.yaml": `
function: { events: { prefix: "" } }
uploads: { extra: { bucket: raw, source: glue-scripts/extra.py } }
jobs: { gold_hai: { packages: [metriccare_etl, extra] } }
`,
  "config/renamed.yaml": `
buckets: { bronze: { formerly: bronze0 } }
roles: { glue_gold: { formerly: old } }
function: { formerly: notify }
`,
  "glue-scripts/extra.py": "",
});
afterAll(() => folder.remove());

async function printed(word: string, env = "dev", ...more: string[]): Promise<PolicyDocument> {
  const { code, out, err } = await inProcess(folder.dir, [
    "iam-policy",
    word,
    "--env",
    env,
    ...PLACE,
    "--json",
    ...more,
  ]);
  expect(code, err).toBe(0);
  return JSON.parse(out) as PolicyDocument;
}

type Attack = readonly [what: string, needs: readonly Need[]];

const call = (what: string, service: string, operation: string, input: object, boundary?: string): Attack => [
  what,
  needsOf({ service, operation, input }, boundary),
];
const right = (what: string, action: string, resource: string, context: Need["context"] = {}): Attack => [
  what,
  [{ action, resource, context }],
];
const pass = (role: string, service: string): Attack =>
  right(`hands ${role} to ${service}`, "iam:PassRole", iam(`role/${role}`), {
    "iam:PassedToService": `${service}.amazonaws.com`,
  });

const ROLE = { RoleName: OURS, AssumeRolePolicyDocument: "{}" };
const TO_MORE_RIGHTS: readonly Attack[] = [
  call("makes a role without a boundary", "iam", "CreateRole", ROLE),
  call("makes a role inside of another boundary", "iam", "CreateRole", {
    ...ROLE,
    PermissionsBoundary: "arn:aws:iam::aws:policy/AdministratorAccess",
  }),
  call("makes a role of another name", "iam", "CreateRole", {
    ...ROLE,
    RoleName: "metriccare_evil_dev",
    PermissionsBoundary: BOUNDARY,
  }),
  call("takes the boundary off", "iam", "DeleteRolePermissionsBoundary", { RoleName: OURS }, BOUNDARY),
  call("puts another boundary on", "iam", "PutRolePermissionsBoundary", {
    RoleName: OURS,
    PermissionsBoundary: iam("policy/mine"),
  }),
  call("writes a policy on a role that has no boundary", "iam", "PutRolePolicy", {
    RoleName: OURS,
    PolicyName: "x",
    PolicyDocument: EVERYTHING,
  }),
  ...[OURS, "Admin"].map((RoleName) =>
    call(
      `attaches AdministratorAccess to ${RoleName}`,
      "iam",
      "AttachRolePolicy",
      { RoleName, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      BOUNDARY,
    ),
  ),
  ...["CreatePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicy"].map(
    (operation) => right(`${operation} on the boundary`, `iam:${operation}`, BOUNDARY),
  ),
  ...["UpdateAssumeRolePolicy", "PutRolePolicy", "UpdateRole", "TagRole", "DeleteRole"].flatMap((operation) =>
    ["Admin", "metriccare-two_glue_gold_dev", "metriccare_glue_gold_dev_2", "metriccare_glue_gold_dev-2"].map(
      (RoleName) => call(`${operation} on ${RoleName}`, "iam", operation, { RoleName }, BOUNDARY),
    ),
  ),
  ...["ec2", "sagemaker", "lambda", "states", "cloudformation"].map((service) => pass(OURS, service)),
  pass("metriccare_trigger_glue_workflow_dev", "glue"),
  ...["glue", "lambda", "events"].flatMap((service) =>
    ["Admin", "metriccare_evil_dev"].map((role) => pass(role, service)),
  ),
  ...["CreateUser", "CreateAccessKey", "CreateLoginProfile", "AttachUserPolicy", "PutUserPolicy", "AddUserToGroup"].map(
    (operation) => right(operation, `iam:${operation}`, iam("user/me")),
  ),
  right("takes a role directly", "sts:AssumeRole", iam(`role/${OURS}`)),
  right("takes any role", "sts:AssumeRole", iam("role/Admin")),
];

const FOREIGN_BUCKETS = [
  at("raw", "dev", "metriccare-two"),
  at("raw", "dev", "metriccare2"),
  at("raw", "dev-2"),
  at("raw", "prod"),
  at("other"),
  "hospital-archive",
];
const TO_OTHERS: readonly Attack[] = [
  ...FOREIGN_BUCKETS.flatMap((Bucket) => [
    ...["GetObject", "PutObject", "DeleteObject"].map((operation) =>
      call(`${operation} in ${Bucket}`, "s3", operation, { Bucket, Key: "fhir/x" }),
    ),
    ...["PutBucketPolicy", "PutBucketAcl", "PutPublicAccessBlock", "PutBucketTagging", "DeleteBucket"].map(
      (operation) => call(`${operation} of ${Bucket}`, "s3", operation, { Bucket }),
    ),
    right(`lists ${Bucket}`, "s3:ListBucket", `arn:aws:s3:::${Bucket}`),
    right(`tags ${Bucket}`, "s3:TagResource", `arn:aws:s3:::${Bucket}`),
  ]),
  ...["metriccare-two_trigger_glue_workflow_dev", "metriccare_trigger_glue_workflow_dev-2", "payroll"].flatMap(
    (FunctionName) =>
      ["UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission", "Invoke", "GetFunction"].map((operation) =>
        call(`${operation} of ${FunctionName}`, "lambda", operation, { FunctionName }),
      ),
  ),
  ...["metriccare-two_gold_hai_dev", "metriccare_gold_hai_dev-2", "payroll"].flatMap((name) =>
    ["UpdateJob", "StartJobRun", "DeleteJob", "TagResource"].map((operation) =>
      right(`${operation} of ${name}`, `glue:${operation}`, `arn:aws:glue:us-east-1:${ACCOUNT}:job/${name}`),
    ),
  ),
  ...["metriccare-two_processed_files_dev", "metriccare_processed_files_dev-2"].flatMap((name) =>
    ["Query", "GetItem", "DeleteTable", "TagResource", "PutResourcePolicy"].map((operation) =>
      right(`${operation} of ${name}`, `dynamodb:${operation}`, `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${name}`),
    ),
  ),
  right(
    "opens a foreign topic",
    "sns:SetTopicAttributes",
    `arn:aws:sns:us-east-1:${ACCOUNT}:metriccare-two_alerts_dev`,
  ),
  right("opens a foreign queue", "sqs:SetQueueAttributes", `arn:aws:sqs:us-east-1:${ACCOUNT}:metriccare-two_q_dev`),
  call("opens the function to another account", "lambda", "AddPermission", {
    FunctionName: "metriccare_trigger_glue_workflow_dev",
    Principal: "999999999999",
  }),
  right("publishes a layer", "lambda:PublishLayerVersion", `arn:aws:lambda:us-east-1:${ACCOUNT}:layer:tools`),
  right(
    "reads what everybody's jobs print",
    "logs:GetLogEvents",
    `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws-glue/jobs/output:log-stream:jr_1`,
  ),
  right("another region", "glue:UpdateJob", `arn:aws:glue:eu-west-1:${ACCOUNT}:job/metriccare_gold_hai_dev`),
  right(
    "another account",
    "dynamodb:Query",
    "arn:aws:dynamodb:us-east-1:999999999999:table/metriccare_processed_files_dev",
  ),
];

const objects = (id: string, key: string): string => `arn:aws:s3:::${at(id)}/${key}`;
const LEDGER = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/metriccare_processed_files_dev`;
/** Own code in the pipeline, and changes of infrastructure. */
const TO_OWN_CODE: readonly Attack[] = [
  ...["glue-scripts/jobs/gold.py", "glue-scripts/metriccare_etl.zip", "tmp/glue_gold/x.jar"].map((key) =>
    right(`replaces ${key}`, "s3:PutObject", objects("scripts", key)),
  ),
  ...[
    "StartJobRun",
    "UpdateJob",
    "CreateJob",
    "UpdateTrigger",
    "StartTrigger",
    "CreateSession",
    "CreateDevEndpoint",
  ].map((operation) =>
    right(operation, `glue:${operation}`, `arn:aws:glue:us-east-1:${ACCOUNT}:job/metriccare_gold_hai_dev`),
  ),
  ...["UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission"].map((operation) =>
    call(operation, "lambda", operation, { FunctionName: "metriccare_trigger_glue_workflow_dev" }),
  ),
  ...["s3:PutBucketPolicy", "s3:PutBucketNotification", "s3:DeleteBucket"].map((action) =>
    right(action, action, `arn:aws:s3:::${at("raw")}`),
  ),
  ...["bronze", "silver", "gold"].map((id) => right(`writes ${id}`, "s3:PutObject", objects(id, "patient/x.parquet"))),
  right("passes a role", "iam:PassRole", iam(`role/${OURS}`), { "iam:PassedToService": "glue.amazonaws.com" }),
  right("opens the topic", "sns:SetTopicAttributes", `arn:aws:sns:us-east-1:${ACCOUNT}:metriccare_alerts_dev`),
  right("makes a rule", "events:PutTargets", `arn:aws:events:us-east-1:${ACCOUNT}:rule/metriccare_failure_dev`),
];
const TO_PATIENTS: readonly Attack[] = [
  ...["raw", "bronze", "silver", "gold"].flatMap((id) =>
    ["s3:GetObject", "s3:GetObjectVersion"].map((action) =>
      right(`${action} in ${id}`, action, objects(id, "fhir/Patient.ndjson")),
    ),
  ),
  ...["raw", "bronze", "silver", "gold"].map((id) => right(`lists ${id}`, "s3:ListBucket", `arn:aws:s3:::${at(id)}`)),
  right("reads scratch space", "s3:GetObject", objects("scripts", "tmp/glue_silver/part-0")),
  right("reads old uploads", "s3:GetObjectVersion", objects("scripts", "glue-scripts/value-sets/hai.csv")),
  ...["GetItem", "BatchGetItem", "Query", "Scan", "PartiQLSelect"].map((operation) =>
    right(`${operation} of the ledger`, `dynamodb:${operation}`, LEDGER),
  ),
  right(
    "reads job logs",
    "logs:GetLogEvents",
    `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws-glue/metriccare_jobs_dev/error:log-stream:jr_1`,
  ),
  right(
    "reads the function's log",
    "logs:FilterLogEvents",
    `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/lambda/metriccare_trigger_glue_workflow_dev`,
  ),
  right(
    "reads errors of runs",
    "glue:GetWorkflowRun",
    `arn:aws:glue:us-east-1:${ACCOUNT}:workflow/metriccare_etl_workflow_dev`,
  ),
  right("reads a queue", "sqs:ReceiveMessage", `arn:aws:sqs:us-east-1:${ACCOUNT}:metriccare_undelivered_dev`),
  right(
    "starts the function",
    "lambda:InvokeFunction",
    `arn:aws:lambda:us-east-1:${ACCOUNT}:function:metriccare_trigger_glue_workflow_dev`,
  ),
];

/** What of an attack goes through: all of its rights are there. */
const through = (policy: PolicyDocument, attacks: readonly Attack[]): string[] =>
  attacks.filter(([, needs]) => needs.every((need) => allows(policy, need))).map(([what]) => what);

describe("nobody climbs", () => {
  const policies = new Map<string, PolicyDocument>();
  beforeAll(async () => {
    for (const word of ["deployer", "operator", "reader", "boundary"]) policies.set(word, await printed(word));
    policies.set("deployer --no-iam", await printed("deployer", "dev", "--no-iam"));
  });
  const policy = (word: string): PolicyDocument => {
    const found = policies.get(word);
    if (!found) throw new Error(`no ${word}`);
    return found;
  };

  test.each(["deployer", "deployer --no-iam", "operator", "reader", "boundary"])("from %s to more rights", (word) => {
    expect(through(policy(word), TO_MORE_RIGHTS)).toEqual([]);
  });
  test.each(["deployer", "deployer --no-iam", "operator", "reader", "boundary"])(
    "from %s to other projects",
    (word) => {
      expect(through(policy(word), TO_OTHERS)).toEqual([]);
    },
  );
  test.each(["operator", "reader"])("from %s to code of one's own", (word) => {
    expect(through(policy(word), TO_OWN_CODE)).toEqual([]);
  });
  test("from reader to patients", () => {
    expect(through(policy("reader"), TO_PATIENTS)).toEqual([]);
  });

  test("the attacks are real ones: a policy as it was before lets them through", () => {
    const before: PolicyDocument = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"],
          Resource: iam("role/metriccare_*_dev"),
        },
        {
          Effect: "Allow",
          Action: ["s3:GetObject", "s3:PutBucketPolicy"],
          Resource: ["arn:aws:s3:::metriccare-*-dev-*", "arn:aws:s3:::metriccare-*-dev-*/*"],
        },
      ],
    };
    expect(through(before, TO_MORE_RIGHTS).length).toBeGreaterThan(4);
    expect(through(before, TO_OTHERS)).toContain(`GetObject in ${at("raw", "dev", "metriccare-two")}`);
  });

  test("a deployer does his work inside of the boundary", () => {
    const made = { ...ROLE, PermissionsBoundary: BOUNDARY };
    const work: readonly Attack[] = [
      call("makes", "iam", "CreateRole", made),
      call("writes", "iam", "PutRolePolicy", { RoleName: OURS, PolicyName: "lakehouse" }, BOUNDARY),
      call("puts it on", "iam", "PutRolePermissionsBoundary", { RoleName: OURS, PermissionsBoundary: BOUNDARY }),
      pass(OURS, "glue"),
      pass("metriccare_trigger_glue_workflow_dev", "lambda"),
    ];
    expect(through(policy("deployer"), work)).toHaveLength(work.length);
    expect(through(policy("deployer --no-iam"), work).map((what) => what.split(" ")[0])).toEqual(["hands", "hands"]);
  });

  test("without IAM nothing in IAM is changed", () => {
    const actions = policy("deployer --no-iam").Statement.flatMap(({ Action }) => Action ?? []);
    expect(actions.filter((one) => one.startsWith("iam:") && !/^iam:(Get|List|PassRole)/.test(one))).toEqual([]);
  });

  test("the boundary names no action by pattern, and everything only where nothing else can be named", () => {
    for (const { Action, Resource } of policy("boundary").Statement) {
      expect([Action ?? []].flat().filter((one) => one.includes("*"))).toEqual([]);
      if (Resource === "*") expect(Action).toBe("cloudwatch:PutMetricData");
    }
  });
});

test("a boundary of the config's own is the one that counts, and `none` is told", async () => {
  const own = iam("policy/hospital-edge");
  const policy = await printed("deployer", "own");
  const make = (RoleName: string, PermissionsBoundary?: string): Attack =>
    call(`${RoleName} ${PermissionsBoundary}`, "iam", "CreateRole", { ...ROLE, RoleName, PermissionsBoundary });
  const all = ["metriccare_glue_silver_own", "metriccare_glue_gold_own"].flatMap((role) => [
    make(role),
    make(role, own),
    make(role, iam("policy/metriccare_boundary_own")),
  ]);
  expect(through(policy, all)).toEqual([
    `metriccare_glue_silver_own ${own}`,
    "metriccare_glue_gold_own undefined",
    `metriccare_glue_gold_own ${own}`,
    `metriccare_glue_gold_own ${iam("policy/metriccare_boundary_own")}`,
  ]);
  const attach = (RoleName: string, name: string): Attack =>
    call(
      `${RoleName} ${name}`,
      "iam",
      "AttachRolePolicy",
      { RoleName, PolicyArn: `arn:aws:iam::aws:policy/${name}` },
      own,
    );
  expect(
    through(policy, [
      attach("metriccare_glue_silver_own", "AmazonS3ReadOnlyAccess"),
      attach("metriccare_glue_silver_own", "AdministratorAccess"),
      attach("metriccare_glue_bronze_own", "AmazonS3ReadOnlyAccess"),
    ]),
  ).toEqual(["metriccare_glue_silver_own AmazonS3ReadOnlyAccess"]);
  const { err } = await inProcess(folder.dir, [
    "iam-policy",
    "deployer",
    "--env",
    "own",
    "--account",
    ACCOUNT,
    "--region",
    "us-east-1",
  ]);
  expect(err).toContain("glue_gold have no permissions boundary");
});

test("what has another name now is still read and removed under its old one", async () => {
  const policy = await printed("deployer", "renamed");
  const needs: readonly Attack[] = [
    right("bucket", "s3:DeleteBucket", `arn:aws:s3:::${at("bronze0", "renamed")}`),
    call(
      "role",
      "iam",
      "DeleteRolePolicy",
      { RoleName: "metriccare_old_renamed" },
      iam("policy/metriccare_boundary_renamed"),
    ),
    call("function", "lambda", "DeleteFunction", { FunctionName: "metriccare_notify_renamed" }),
  ];
  expect(through(policy, needs)).toEqual(["bucket", "role", "function"]);
});

test("a reader finds a package that lies among the files that arrive, and lists none of them", async () => {
  const policy = await printed("reader", "mixed");
  const list = (prefix: string): Attack =>
    right(prefix, "s3:ListBucket", `arn:aws:s3:::${at("raw", "mixed")}`, { "s3:prefix": prefix });
  const all = right("all", "s3:ListBucket", `arn:aws:s3:::${at("raw", "mixed")}`);
  const scripts = right("scripts", "s3:ListBucket", `arn:aws:s3:::${at("scripts", "mixed")}`);
  const attacks = [all, list(""), list("fhir/"), list("glue-scripts/"), list("glue-scripts/extra.py"), scripts];
  expect(through(policy, attacks)).toEqual(["glue-scripts/", "glue-scripts/extra.py", "scripts"]);
});

test("an operator cannot replace a package that lies among the files that arrive", async () => {
  const policy = await printed("operator", "mixed");
  const put = (key: string): Attack => right(key, "s3:PutObject", `arn:aws:s3:::${at("raw", "mixed")}/${key}`);
  expect(through(policy, [put("Patient.ndjson"), put("glue-scripts/extra.py")])).toEqual(["Patient.ndjson"]);
});

test("an environment whose names are in reach of another's is told", async () => {
  const { err } = await inProcess(folder.dir, ["iam-policy", "reader", "--env", "own", ...PLACE]);
  expect(err).toContain("`_own`");
  expect(err).toContain("their_own");
});

test("--no-iam is for the deployer alone", async () => {
  expect((await inProcess(folder.dir, ["iam-policy", "reader", "--env", "dev", "--no-iam"])).code).toBe(64);
});
