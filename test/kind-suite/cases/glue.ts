import type { SourceControlDetails } from "@aws-sdk/client-glue";
import * as fc from "fast-check";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address } from "../../../src/engine/types.ts";
import { database } from "../../../src/services/glue/database.ts";
import { job } from "../../../src/services/glue/job.ts";
import type {
  DatabaseProps,
  JobProps,
  TriggerAction,
  TriggerProps,
  WorkflowProps,
} from "../../../src/services/glue/props.ts";
import type { GlueType } from "../../../src/services/glue/tags.ts";
import { crawlerKey, trigger } from "../../../src/services/glue/trigger.ts";
import { workflow } from "../../../src/services/glue/workflow.ts";
import type { KindCase } from "../case.ts";
import { iamClient } from "../../../src/services/iam/client.ts";
import { glueClient } from "../../../src/services/glue/client.ts";
import { iamArn } from "../../../src/services/iam/arn.ts";
import { glueArn } from "../../../src/services/glue/arn.ts";

export const at =
  (kind: string) =>
  (ctx: AwsContext, unique: string): Address => ({ kind, id: unique, name: `kinds_${unique}_${ctx.env}` });

export const foreignTag =
  (type: GlueType) =>
  async (ctx: AwsContext, { name }: Address, key: string, value: string): Promise<unknown> =>
    (await ctx.clients.of(glueClient)).tagResource({
      ResourceArn: glueArn.of(ctx, type, name),
      TagsToAdd: { [key]: value },
    });

/** A role that Glue may take: the front asks for it as AWS does. */
export const ROLE = "kinds_glue_role";

export async function makeRole(ctx: AwsContext): Promise<string> {
  const iam = await ctx.clients.of(iamClient);
  const Statement = [{ Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  try {
    await iam.createRole({ RoleName: ROLE, AssumeRolePolicyDocument });
  } catch (error) {
    if (!(error instanceof Error && error.name === "EntityAlreadyExistsException")) throw error;
  }
  return iamArn.role(ctx, ROLE);
}

export const printable = fc.stringMatching(/^[a-zA-Z0-9 .,_-]{0,40}$/).map((text) => text.trim());
const argumentsOf = fc.dictionary(
  fc.stringMatching(/^--[a-zA-Z_-]{1,12}$/),
  fc.stringMatching(/^[a-zA-Z0-9:/=., _-]{1,30}$/).map((text) => text.trim() || "x"),
  { maxKeys: 4, noNullPrototype: true },
);

/** Links and federated databases: what they stand for cannot be changed. */
export const linkCase: KindCase<DatabaseProps> = {
  kind: database,
  address: at("glue.database"),
  props: () =>
    fc.constantFrom<DatabaseProps>(
      {
        description: "",
        locationUri: null,
        target: { catalog: "123456789012", database: "elsewhere", region: "us-west-2" },
      },
      { description: "d", locationUri: null, federated: { connection: "kinds_connection", identifier: "arn:x" } },
    ),
  base: () => ({
    description: "",
    locationUri: null,
    target: { catalog: "123456789012", database: "elsewhere", region: null },
  }),
  fixed: ["description", "locationUri", "target"],
  vary: {},
  calls: {},
  outside: {},
};

export const databaseCase: KindCase<DatabaseProps> = {
  kind: database,
  address: at("glue.database"),
  props: () => fc.record({ description: printable, locationUri: fc.constantFrom(null, "s3://kinds-bucket/") }),
  base: () => ({
    description: "before",
    locationUri: "s3://kinds-bucket/",
    parameters: { note: "ours" },
    createTableDefaultPermissions: { IAM_ALLOWED_PRINCIPALS: ["ALL"] },
  }),
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    locationUri: (props) => ({ ...props, locationUri: "s3://kinds-other/" }),
    parameters: (props) => ({ ...props, parameters: { note: "ours", more: "1" } }),
    createTableDefaultPermissions: (props) => ({ ...props, createTableDefaultPermissions: {} }),
  },
  calls: {
    description: ["glue:UpdateDatabase"],
    locationUri: ["glue:UpdateDatabase"],
    parameters: ["glue:UpdateDatabase"],
    createTableDefaultPermissions: ["glue:UpdateDatabase"],
  },
  outside: {
    description: async (ctx, { name }) =>
      (await ctx.clients.of(glueClient)).updateDatabase({
        Name: name,
        DatabaseInput: {
          Name: name,
          Description: "theirs",
          LocationUri: "s3://kinds-bucket/",
          Parameters: { note: "theirs" },
        },
      }),
    locationUri: async (ctx, { name }) =>
      (await ctx.clients.of(glueClient)).updateDatabase({
        Name: name,
        DatabaseInput: { Name: name, Description: "before" },
      }),
    parameters: async (ctx, { name }) =>
      (await ctx.clients.of(glueClient)).updateDatabase({
        Name: name,
        DatabaseInput: { Name: name, Description: "before", Parameters: { note: "theirs" } },
      }),
    createTableDefaultPermissions: async (ctx, { name }) =>
      (await ctx.clients.of(glueClient)).updateDatabase({
        Name: name,
        DatabaseInput: {
          Name: name,
          Description: "before",
          CreateTableDefaultPermissions: [
            { Principal: { DataLakePrincipalIdentifier: "EVERYONE" }, Permissions: ["SELECT"] },
          ],
        },
      }),
  },
  foreignTag: foreignTag("database"),
};

const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kinds-AbCdEf";
const SOURCE = {
  provider: "GITHUB" as const,
  repository: "clinic",
  owner: "org",
  branch: "main",
  folder: "jobs",
  secretArn: SECRET_ARN,
};
const SOURCE_DETAILS = {
  Provider: "GITHUB",
  Repository: "clinic",
  Owner: "org",
  Branch: "main",
  Folder: "jobs",
  AuthStrategy: "AWS_SECRETS_MANAGER",
  AuthToken: SECRET_ARN,
};

const jobBase = (ctx: AwsContext): JobProps => ({
  description: "before",
  roleArn: iamArn.role(ctx, ROLE),
  command: "glueetl",
  scriptLocation: "s3://kinds-bucket/a.py",
  pythonVersion: "3",
  glueVersion: "5.0",
  workerType: "G.1X",
  numberOfWorkers: 2,
  timeoutMinutes: 60,
  maxRetries: 0,
  maxConcurrentRuns: 1,
  executionClass: "STANDARD",
  queuing: false,
  arguments: { "--a": "1", "--conf": "x=y --conf z=w" },
  nonOverridableArguments: {},
  connections: [],
  securityConfiguration: null,
  notifyDelayAfterMinutes: null,
  maintenanceWindow: null,
  jobMode: "SCRIPT",
  logUri: "s3://kinds-bucket/logs/",
  sourceControl: SOURCE,
});

/** What AWS has, changed in one place, through the plain SDK: UpdateJob replaces, so all of it is sent. */
const jobOutside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> => {
    const glue = await ctx.clients.of(glueClient);
    const base = jobBase(ctx);
    return glue.updateJob({
      JobName: name,
      JobUpdate: {
        Description: base.description,
        Role: base.roleArn,
        Command: { Name: base.command, ScriptLocation: base.scriptLocation, PythonVersion: "3" },
        GlueVersion: "5.0",
        WorkerType: "G.1X",
        NumberOfWorkers: 2,
        Timeout: 60,
        MaxRetries: 0,
        ExecutionProperty: { MaxConcurrentRuns: 1 },
        ExecutionClass: "STANDARD",
        DefaultArguments: { ...base.arguments },
        JobMode: "SCRIPT",
        LogUri: "s3://kinds-bucket/logs/",
        SourceControlDetails: SOURCE_DETAILS as SourceControlDetails,
        ...change,
      },
    });
  };

const JOB_UPDATE = ["glue:UpdateJob"] as const;

export const jobCase: KindCase<JobProps> = {
  kind: job,
  address: at("glue.job"),
  prepare: async (ctx) => void (await makeRole(ctx)),
  props: (ctx) =>
    fc.record({
      description: printable,
      roleArn: fc.constant(iamArn.role(ctx, ROLE)),
      command: fc.constant("glueetl"),
      scriptLocation: fc.constantFrom("s3://kinds-bucket/a.py", "s3://kinds-bucket/x/b.py"),
      pythonVersion: fc.constant("3"),
      glueVersion: fc.constantFrom("4.0", "5.0"),
      workerType: fc.constantFrom("G.1X", "G.2X"),
      numberOfWorkers: fc.integer({ min: 2, max: 10 }),
      timeoutMinutes: fc.integer({ min: 1, max: 2880 }),
      maxRetries: fc.integer({ min: 0, max: 3 }),
      maxConcurrentRuns: fc.integer({ min: 1, max: 5 }),
      executionClass: fc.constantFrom("STANDARD" as const, "FLEX" as const),
      // moto drops it; set alone it is tried where there is an UpdateJob.
      queuing: fc.constant(false),
      arguments: argumentsOf,
      nonOverridableArguments: argumentsOf,
      connections: fc.constantFrom([], ["kinds_connection"]),
      securityConfiguration: fc.constant(null),
      notifyDelayAfterMinutes: fc.constantFrom(null, 5),
      maintenanceWindow: fc.constant(null),
    }),
  base: jobBase,
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    roleArn: (props) => ({ ...props, roleArn: `${props.roleArn}_2` }),
    command: (props) => ({ ...props, command: "gluestreaming" }),
    scriptLocation: (props) => ({ ...props, scriptLocation: "s3://kinds-bucket/b.py" }),
    pythonVersion: (props) => ({ ...props, pythonVersion: "3.9" }),
    glueVersion: (props) => ({ ...props, glueVersion: "4.0" }),
    workerType: (props) => ({ ...props, workerType: "G.2X" }),
    numberOfWorkers: (props) => ({ ...props, numberOfWorkers: 5 }),
    timeoutMinutes: (props) => ({ ...props, timeoutMinutes: 90 }),
    maxRetries: (props) => ({ ...props, maxRetries: 2 }),
    maxConcurrentRuns: (props) => ({ ...props, maxConcurrentRuns: 3 }),
    executionClass: (props) => ({ ...props, executionClass: "FLEX" }),
    queuing: (props) => ({ ...props, queuing: true }),
    arguments: (props) => ({ ...props, arguments: { "--a": "2" } }),
    nonOverridableArguments: (props) => ({ ...props, nonOverridableArguments: { "--n": "1" } }),
    connections: (props) => ({ ...props, connections: ["kinds_connection"] }),
    securityConfiguration: (props) => ({ ...props, securityConfiguration: "kinds_security" }),
    notifyDelayAfterMinutes: (props) => ({ ...props, notifyDelayAfterMinutes: 10 }),
    maintenanceWindow: (props) => ({ ...props, maintenanceWindow: "Sun:10" }),
    jobMode: (props) => ({ ...props, jobMode: "NOTEBOOK" }),
    logUri: (props) => ({ ...props, logUri: "s3://kinds-bucket/other/" }),
    sourceControl: (props) => ({ ...props, sourceControl: { ...SOURCE, branch: "next" } }),
  },
  calls: {
    description: JOB_UPDATE,
    roleArn: JOB_UPDATE,
    command: JOB_UPDATE,
    scriptLocation: JOB_UPDATE,
    pythonVersion: JOB_UPDATE,
    glueVersion: JOB_UPDATE,
    workerType: JOB_UPDATE,
    numberOfWorkers: JOB_UPDATE,
    timeoutMinutes: JOB_UPDATE,
    maxRetries: JOB_UPDATE,
    maxConcurrentRuns: JOB_UPDATE,
    executionClass: JOB_UPDATE,
    queuing: JOB_UPDATE,
    arguments: JOB_UPDATE,
    nonOverridableArguments: JOB_UPDATE,
    connections: JOB_UPDATE,
    securityConfiguration: JOB_UPDATE,
    notifyDelayAfterMinutes: JOB_UPDATE,
    maintenanceWindow: JOB_UPDATE,
    jobMode: JOB_UPDATE,
    logUri: JOB_UPDATE,
    sourceControl: JOB_UPDATE,
  },
  outside: {
    description: jobOutside({ Description: "theirs" }),
    roleArn: async (ctx, address) => jobOutside({ Role: `${iamArn.role(ctx, ROLE)}_2` })(ctx, address),
    command: jobOutside({
      Command: { Name: "gluestreaming", ScriptLocation: "s3://kinds-bucket/a.py", PythonVersion: "3" },
    }),
    scriptLocation: jobOutside({
      Command: { Name: "glueetl", ScriptLocation: "s3://theirs/a.py", PythonVersion: "3" },
    }),
    pythonVersion: jobOutside({
      Command: { Name: "glueetl", ScriptLocation: "s3://kinds-bucket/a.py", PythonVersion: "3.9" },
    }),
    glueVersion: jobOutside({ GlueVersion: "4.0" }),
    workerType: jobOutside({ WorkerType: "G.2X" }),
    numberOfWorkers: jobOutside({ NumberOfWorkers: 9 }),
    timeoutMinutes: jobOutside({ Timeout: 2880 }),
    maxRetries: jobOutside({ MaxRetries: 3 }),
    maxConcurrentRuns: jobOutside({ ExecutionProperty: { MaxConcurrentRuns: 4 } }),
    executionClass: jobOutside({ ExecutionClass: "FLEX" }),
    queuing: jobOutside({ JobRunQueuingEnabled: true }),
    arguments: jobOutside({ DefaultArguments: { "--theirs": "1" } }),
    nonOverridableArguments: jobOutside({ NonOverridableArguments: { "--theirs": "1" } }),
    connections: jobOutside({ Connections: { Connections: ["kinds_connection"] } }),
    securityConfiguration: jobOutside({ SecurityConfiguration: "kinds_security" }),
    notifyDelayAfterMinutes: jobOutside({ NotificationProperty: { NotifyDelayAfter: 7 } }),
    maintenanceWindow: jobOutside({ MaintenanceWindow: "Mon:3" }),
    jobMode: jobOutside({ JobMode: "VISUAL" }),
    logUri: jobOutside({ LogUri: "s3://theirs/" }),
    sourceControl: jobOutside({ SourceControlDetails: { ...SOURCE_DETAILS, Branch: "theirs" } }),
  },
  foreignTag: foreignTag("job"),
};

/** A Python shell job: DPUs in place of workers, and a Glue version that AWS chooses. */
const shell = (ctx: AwsContext): JobProps => {
  const {
    glueVersion: _g,
    workerType: _w,
    numberOfWorkers: _n,
    jobMode: _m,
    logUri: _l,
    sourceControl: _s,
    ...rest
  } = jobBase(ctx);
  return { ...rest, command: "pythonshell", pythonVersion: "3.9", maxCapacity: 0.0625 };
};

export const shellCase: KindCase<JobProps> = {
  ...jobCase,
  props: (ctx) =>
    fc
      .record({ maxCapacity: fc.constantFrom(0.0625, 1), description: printable })
      .map((own) => ({ ...shell(ctx), ...own })),
  base: shell,
  fixed: Object.keys(jobBase({ partition: "aws", account: "1" } as AwsContext)) as (keyof JobProps & string)[],
  vary: { maxCapacity: (props) => ({ ...props, maxCapacity: 1 }) },
  calls: { maxCapacity: JOB_UPDATE },
  outside: {
    maxCapacity: async (ctx, { name }) =>
      (await ctx.clients.of(glueClient)).updateJob({
        JobName: name,
        JobUpdate: {
          Role: iamArn.role(ctx, ROLE),
          Command: { Name: "pythonshell", ScriptLocation: "s3://kinds-bucket/a.py", PythonVersion: "3.9" },
          MaxCapacity: 1,
        },
      }),
  },
};

const workflowOutside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> =>
    (await ctx.clients.of(glueClient)).updateWorkflow({
      Name: name,
      Description: "before",
      MaxConcurrentRuns: 1,
      DefaultRunProperties: { a: "1" },
      ...change,
    });

const WORKFLOW_UPDATE = ["glue:UpdateWorkflow"] as const;

export const workflowCase: KindCase<WorkflowProps> = {
  kind: workflow,
  address: at("glue.workflow"),
  props: () =>
    fc.record({
      description: printable,
      maxConcurrentRuns: fc.integer({ min: 1, max: 5 }),
      defaultRunProperties: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), printable, {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    }),
  base: () => ({ description: "before", maxConcurrentRuns: 1, defaultRunProperties: { a: "1" } }),
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    maxConcurrentRuns: (props) => ({ ...props, maxConcurrentRuns: 3 }),
    defaultRunProperties: (props) => ({ ...props, defaultRunProperties: {} }),
  },
  calls: { description: WORKFLOW_UPDATE, maxConcurrentRuns: WORKFLOW_UPDATE, defaultRunProperties: WORKFLOW_UPDATE },
  outside: {
    description: workflowOutside({ Description: "theirs" }),
    maxConcurrentRuns: workflowOutside({ MaxConcurrentRuns: 9 }),
    defaultRunProperties: workflowOutside({ DefaultRunProperties: { a: "1", b: "2" } }),
  },
  foreignTag: foreignTag("workflow"),
};

const flowOf = ({ name }: Address): string => `${name}_flow`;
const JOBS = ["kinds_job_1", "kinds_job_2", "kinds_job_3"] as const;

async function makeFlow(ctx: AwsContext, address: Address): Promise<void> {
  const glue = await ctx.clients.of(glueClient);
  await glue.createWorkflow({ Name: flowOf(address) });
  const Role = await makeRole(ctx);
  for (const Name of JOBS) {
    try {
      await glue.createJob({ Name, Role, Command: { Name: "glueetl", ScriptLocation: "s3://kinds-bucket/a.py" } });
    } catch (error) {
      if (!(error instanceof Error && error.name === "AlreadyExistsException")) throw error;
    }
  }
}

const triggerAddress = at("glue.trigger");

const PLAIN: TriggerAction = {
  arguments: {},
  timeoutMinutes: null,
  securityConfiguration: null,
  notifyDelayAfterMinutes: null,
};

const conditional = (_ctx: AwsContext, address: Address): TriggerProps => ({
  workflow: flowOf(address),
  type: "CONDITIONAL",
  description: "before",
  schedule: null,
  predicate: {
    logical: "AND",
    conditions: { [JOBS[0]]: ["SUCCEEDED"], [JOBS[1]]: ["FAILED", "TIMEOUT"] },
  },
  actions: { [JOBS[2]]: PLAIN },
  batch: null,
  enabled: true,
});

const scheduled = (ctx: AwsContext, address: Address): TriggerProps => ({
  ...conditional(ctx, address),
  type: "SCHEDULED",
  schedule: "cron(15 12 * * ? *)",
  predicate: null,
});

/** Somebody stops it, changes it and starts it again. */
const triggerOutside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> => {
    const glue = await ctx.clients.of(glueClient);
    const { Trigger: now } = await glue.getTrigger({ Name: name });
    await glue.stopTrigger({ Name: name });
    await glue.updateTrigger({
      Name: name,
      TriggerUpdate: {
        Description: now?.Description,
        Schedule: now?.Schedule,
        Actions: now?.Actions,
        Predicate: now?.Predicate,
        ...change,
      },
    });
    return glue.startTrigger({ Name: name });
  };

const RESTARTED = ["glue:StopTrigger", "glue:UpdateTrigger", "glue:StartTrigger"] as const;

const stopOutside = async (ctx: AwsContext, { name }: Address): Promise<unknown> =>
  (await ctx.clients.of(glueClient)).stopTrigger({ Name: name });

const actionsArbitrary = fc.constantFrom(
  { [JOBS[2]]: PLAIN },
  { [JOBS[2]]: { ...PLAIN, arguments: { "--x": "1" }, timeoutMinutes: 5, notifyDelayAfterMinutes: 3 } },
);

export const conditionalCase: KindCase<TriggerProps> = {
  kind: trigger,
  address: triggerAddress,
  prepare: makeFlow,
  props: (_ctx, address) =>
    fc.record({
      workflow: fc.constant(flowOf(address)),
      type: fc.constant("CONDITIONAL" as const),
      description: printable,
      schedule: fc.constant(null),
      predicate: fc.constantFrom<TriggerProps["predicate"]>(
        { logical: "AND", conditions: { [JOBS[0]]: ["FAILED"] } },
        { logical: "AND", conditions: { [JOBS[0]]: ["SUCCEEDED"], [JOBS[1]]: ["SUCCEEDED"] } },
        { logical: "ANY", conditions: { [JOBS[1]]: ["FAILED", "STOPPED"], [JOBS[0]]: ["SUCCEEDED"] } },
      ),
      actions: actionsArbitrary,
      batch: fc.constant(null),
      enabled: fc.boolean(),
    }),
  base: conditional,
  fixed: ["workflow", "type", "schedule", "batch"],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    predicate: (props) => ({ ...props, predicate: { logical: "ANY", conditions: props.predicate?.conditions ?? {} } }),
    actions: (props) => ({
      ...props,
      actions: { [JOBS[2]]: { ...PLAIN, arguments: { "--x": "1" }, timeoutMinutes: 9 } },
    }),
    enabled: (props) => ({ ...props, enabled: false }),
  },
  calls: { description: RESTARTED, predicate: RESTARTED, actions: RESTARTED, enabled: ["glue:StopTrigger"] },
  outside: {
    description: triggerOutside({ Description: "theirs" }),
    predicate: triggerOutside({
      Predicate: { Logical: "AND", Conditions: [{ LogicalOperator: "EQUALS", JobName: JOBS[0], State: "FAILED" }] },
    }),
    actions: triggerOutside({ Actions: [{ JobName: JOBS[2], Timeout: 1 }] }),
    enabled: stopOutside,
  },
  foreignTag: foreignTag("trigger"),
};

const CRAWLER = "kinds_crawler";

async function makeCrawler(ctx: AwsContext, address: Address): Promise<void> {
  await makeFlow(ctx, address);
  const Role = await makeRole(ctx);
  try {
    const Targets = { S3Targets: [{ Path: "s3://kinds-bucket/" }] };
    await (await ctx.clients.of(glueClient)).createCrawler({ Name: CRAWLER, Role, DatabaseName: "d", Targets });
  } catch (error) {
    if (!(error instanceof Error && error.name === "AlreadyExistsException")) throw error;
  }
}

/** Crawlers that are started, and waited for. */
export const crawlingCase: KindCase<TriggerProps> = {
  ...conditionalCase,
  prepare: makeCrawler,
  props: (ctx, address) =>
    fc
      .record({
        // A crawler is either waited for or started.
        links: fc.constantFrom<Pick<TriggerProps, "predicate" | "actions">>(
          {
            predicate: { logical: "AND", conditions: { [crawlerKey(CRAWLER)]: ["SUCCEEDED"] } },
            actions: { [JOBS[2]]: PLAIN },
          },
          {
            predicate: {
              logical: "ANY",
              conditions: { [crawlerKey(CRAWLER)]: ["CANCELLED", "FAILED"], [JOBS[0]]: ["SUCCEEDED"] },
            },
            actions: { [JOBS[2]]: PLAIN },
          },
          {
            predicate: { logical: "AND", conditions: { [JOBS[0]]: ["FAILED"] } },
            actions: { [JOBS[2]]: PLAIN, [crawlerKey(CRAWLER)]: PLAIN },
          },
        ),
        description: printable,
        enabled: fc.boolean(),
      })
      .map(({ links, ...own }) => ({ ...conditional(ctx, address), ...own, ...links })),
  base: (ctx, address) => ({
    ...conditional(ctx, address),
    predicate: { logical: "AND", conditions: { [crawlerKey(CRAWLER)]: ["SUCCEEDED"] } },
  }),
  // A crawler is either waited for or started.
  fixed: ["workflow", "type", "schedule", "batch", "description", "enabled"],
  vary: {
    predicate: (props) => ({
      ...props,
      predicate: { logical: "AND", conditions: { [crawlerKey(CRAWLER)]: ["FAILED"] } },
    }),
    actions: (props) => ({ ...props, actions: { [crawlerKey(CRAWLER)]: PLAIN } }),
  },
  calls: { predicate: RESTARTED, actions: RESTARTED },
};

/** One that belongs to no workflow. */
export const aloneCase: KindCase<TriggerProps> = {
  ...conditionalCase,
  props: (ctx, address) =>
    fc
      .record({ schedule: fc.constantFrom("cron(0 6 * * ? *)", "cron(0 7 * * ? *)"), description: printable })
      .map((own) => ({
        ...scheduled(ctx, address),
        ...own,
        workflow: null,
      })),
  base: (ctx, address) => ({ ...scheduled(ctx, address), workflow: null }),
  fixed: ["workflow", "type", "predicate", "batch", "description", "actions", "enabled"],
  vary: { schedule: (props) => ({ ...props, schedule: "cron(0 8 * * ? *)" }) },
  calls: { schedule: RESTARTED },
  outside: { schedule: triggerOutside({ Schedule: "cron(0 1 * * ? *)" }) },
};

export const scheduledCase: KindCase<TriggerProps> = {
  ...conditionalCase,
  props: (_ctx, address) =>
    fc.record({
      workflow: fc.constant(flowOf(address)),
      type: fc.constant("SCHEDULED" as const),
      description: printable,
      schedule: fc.constantFrom("cron(15 12 * * ? *)", "cron(0/5 8-17 ? * MON-FRI *)"),
      predicate: fc.constant(null),
      actions: actionsArbitrary,
      batch: fc.constant(null),
      enabled: fc.boolean(),
    }),
  base: scheduled,
  fixed: ["workflow", "type", "predicate", "batch", "description", "actions", "enabled"],
  vary: { schedule: (props) => ({ ...props, schedule: "cron(0 6 * * ? *)" }) },
  calls: { schedule: RESTARTED },
  outside: { schedule: triggerOutside({ Schedule: "cron(0 1 * * ? *)" }) },
};

export const onDemandCase: KindCase<TriggerProps> = {
  ...conditionalCase,
  props: (_ctx, address) =>
    fc.record({
      workflow: fc.constant(flowOf(address)),
      type: fc.constant("ON_DEMAND" as const),
      description: printable,
      schedule: fc.constant(null),
      predicate: fc.constant(null),
      actions: actionsArbitrary,
      batch: fc.constant(null),
      enabled: fc.constant(true),
    }),
  base: (ctx, address) => ({ ...conditional(ctx, address), type: "ON_DEMAND", predicate: null }),
  fixed: ["workflow", "type", "predicate", "batch", "schedule", "enabled"],
  vary: {
    description: (props) => ({ ...props, description: "other" }),
    actions: (props) => ({ ...props, actions: { [JOBS[0]]: PLAIN, [JOBS[1]]: PLAIN } }),
  },
  calls: { description: ["glue:UpdateTrigger"], actions: ["glue:UpdateTrigger"] },
  outside: {
    description: async (ctx, { name }) => {
      const glue = await ctx.clients.of(glueClient);
      return glue.updateTrigger({
        Name: name,
        TriggerUpdate: { Description: "theirs", Actions: [{ JobName: JOBS[2] }] },
      });
    },
    actions: async (ctx, { name }) => {
      const glue = await ctx.clients.of(glueClient);
      return glue.updateTrigger({
        Name: name,
        TriggerUpdate: { Description: "before", Actions: [{ JobName: JOBS[0] }] },
      });
    },
  },
};
