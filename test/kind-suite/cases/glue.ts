import * as fc from "fast-check";
import { arn } from "../../../src/aws/arn.ts";
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
import { trigger } from "../../../src/services/glue/trigger.ts";
import { workflow } from "../../../src/services/glue/workflow.ts";
import type { KindCase } from "../case.ts";

export const at =
  (kind: string) =>
  (ctx: AwsContext, unique: string): Address => ({ kind, id: unique, name: `kinds_${unique}_${ctx.env}` });

export const foreignTag =
  (type: GlueType) =>
  async (ctx: AwsContext, { name }: Address, key: string, value: string): Promise<unknown> =>
    (await ctx.clients.glue()).tagResource({ ResourceArn: arn.glue(ctx, type, name), TagsToAdd: { [key]: value } });

/** A role that Glue may take: the front asks for it as AWS does. */
export const ROLE = "kinds_glue_role";

export async function makeRole(ctx: AwsContext): Promise<string> {
  const iam = await ctx.clients.iam();
  const Statement = [{ Effect: "Allow", Principal: { Service: "glue.amazonaws.com" }, Action: "sts:AssumeRole" }];
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  try {
    await iam.createRole({ RoleName: ROLE, AssumeRolePolicyDocument });
  } catch (error) {
    if (!(error instanceof Error && error.name === "EntityAlreadyExistsException")) throw error;
  }
  return arn.role(ctx, ROLE);
}

export const printable = fc.stringMatching(/^[a-zA-Z0-9 .,_-]{0,40}$/).map((text) => text.trim());
const argumentsOf = fc.dictionary(
  fc.stringMatching(/^--[a-zA-Z_-]{1,12}$/),
  fc.stringMatching(/^[a-zA-Z0-9:/=., _-]{1,30}$/).map((text) => text.trim() || "x"),
  { maxKeys: 4, noNullPrototype: true },
);

export const databaseCase: KindCase<DatabaseProps> = {
  kind: database,
  address: at("glue.database"),
  props: () => fc.record({ description: printable, locationUri: fc.constantFrom(null, "s3://kinds-bucket/") }),
  base: () => ({ description: "before", locationUri: "s3://kinds-bucket/" }),
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    locationUri: (props) => ({ ...props, locationUri: "s3://kinds-other/" }),
  },
  calls: { description: ["glue:UpdateDatabase"], locationUri: ["glue:UpdateDatabase"] },
  outside: {
    description: async (ctx, { name }) =>
      (await ctx.clients.glue()).updateDatabase({
        Name: name,
        DatabaseInput: {
          Name: name,
          Description: "theirs",
          LocationUri: "s3://kinds-bucket/",
          Parameters: { note: "theirs" },
        },
      }),
    locationUri: async (ctx, { name }) =>
      (await ctx.clients.glue()).updateDatabase({ Name: name, DatabaseInput: { Name: name, Description: "before" } }),
  },
  foreignTag: foreignTag("database"),
};

const jobBase = (ctx: AwsContext): JobProps => ({
  description: "before",
  roleArn: arn.role(ctx, ROLE),
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
});

/** What AWS has, changed in one place, through the plain SDK: UpdateJob replaces, so all of it is sent. */
const jobOutside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> => {
    const glue = await ctx.clients.glue();
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
      roleArn: fc.constant(arn.role(ctx, ROLE)),
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
    command: (props) => ({ ...props, command: "pythonshell" }),
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
  },
  outside: {
    description: jobOutside({ Description: "theirs" }),
    roleArn: async (ctx, address) => jobOutside({ Role: `${arn.role(ctx, ROLE)}_2` })(ctx, address),
    command: jobOutside({
      Command: { Name: "pythonshell", ScriptLocation: "s3://kinds-bucket/a.py", PythonVersion: "3" },
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
  },
  foreignTag: foreignTag("job"),
};

const workflowOutside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> =>
    (await ctx.clients.glue()).updateWorkflow({
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
  const glue = await ctx.clients.glue();
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
    const glue = await ctx.clients.glue();
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
  (await ctx.clients.glue()).stopTrigger({ Name: name });

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
      const glue = await ctx.clients.glue();
      return glue.updateTrigger({
        Name: name,
        TriggerUpdate: { Description: "theirs", Actions: [{ JobName: JOBS[2] }] },
      });
    },
    actions: async (ctx, { name }) => {
      const glue = await ctx.clients.glue();
      return glue.updateTrigger({
        Name: name,
        TriggerUpdate: { Description: "before", Actions: [{ JobName: JOBS[0] }] },
      });
    },
  },
};
