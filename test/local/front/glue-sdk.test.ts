import {
  BatchGetJobsCommand,
  CreateJobCommand,
  CreateTriggerCommand,
  CreateWorkflowCommand,
  DeleteJobCommand,
  GetJobCommand,
  GetJobsCommand,
  GetTagsCommand,
  GetTriggerCommand,
  GetWorkflowRunCommand,
  ListJobsCommand,
  StartJobRunCommand,
  StartWorkflowRunCommand,
  StartTriggerCommand,
  StopTriggerCommand,
  UpdateJobCommand,
  UpdateTriggerCommand,
  type CreateJobCommandInput,
  type CreateTriggerCommandInput,
} from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frontHarness, glueModel, settle, type FrontHarness } from "./harness.ts";

const job = (Name: string, more: Partial<CreateJobCommandInput> = {}): CreateJobCommandInput => ({
  Name,
  Role: "arn:aws:iam::123456789012:role/glue",
  Command: { Name: "glueetl", ScriptLocation: "s3://scripts/job.py", PythonVersion: "3" },
  GlueVersion: "5.0",
  WorkerType: "G.1X",
  NumberOfWorkers: 2,
  ...more,
});

describe.skipIf(!glueModel)("Glue by the AWS SDK (needs botocore's Glue model)", () => {
  let h: FrontHarness;
  beforeAll(async () => {
    h = await frontHarness();
  });
  afterAll(() => h.close());

  const refusal = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "accepted",
      (error: Error) => `${error.name}: ${error.message}`,
    );

  it("keeps every field of a job, fills in Glue's defaults, and replaces the whole on update", async () => {
    await h.glue.send(
      new CreateJobCommand(
        job("whole", {
          Description: "d",
          DefaultArguments: { "--a": "1" },
          ExecutionProperty: { MaxConcurrentRuns: 3 },
          NotificationProperty: { NotifyDelayAfter: 5 },
          ExecutionClass: "STANDARD",
          Tags: { Project: "x" },
        }),
      ),
    );
    const { Job } = await h.glue.send(new GetJobCommand({ JobName: "whole" }));
    expect(Job).toMatchObject({
      Description: "d",
      DefaultArguments: { "--a": "1" },
      ExecutionProperty: { MaxConcurrentRuns: 3 },
      NotificationProperty: { NotifyDelayAfter: 5 },
      ExecutionClass: "STANDARD",
      MaxRetries: 0,
      Timeout: 2880,
      MaxCapacity: 2,
    });
    expect(Job?.CreatedOn).toBeInstanceOf(Date);
    expect(
      (await h.glue.send(new GetTagsCommand({ ResourceArn: "arn:aws:glue:us-east-1:123456789012:job/whole" }))).Tags,
    ).toEqual({ Project: "x" });
    const { Name: _n, Tags: _t, ...update } = job("whole");
    await h.glue.send(new UpdateJobCommand({ JobName: "whole", JobUpdate: update }));
    const after = (await h.glue.send(new GetJobCommand({ JobName: "whole" }))).Job;
    expect(after?.Description).toBeUndefined();
    expect(after?.DefaultArguments).toBeUndefined();
    expect(after?.ExecutionProperty).toEqual({ MaxConcurrentRuns: 1 });
  });

  it("refuses what Glue refuses", async () => {
    const create = (more: Partial<CreateJobCommandInput>): Promise<string> =>
      refusal(h.glue.send(new CreateJobCommand(job("bad", more))));
    expect(await create({ Role: "arn:aws:iam::123456789012:user/x" })).toContain("InvalidInputException");
    expect(await create({ Role: "arn:aws:iam::999999999999:role/x" })).toBe(
      "AccessDeniedException: Cross-account pass role is not allowed.",
    );
    expect(await create({ WorkerType: "G.9X" as "G.1X" })).toContain(
      "ValidationException: 1 validation error detected: Value 'G.9X' at 'workerType' failed to satisfy constraint: Member must satisfy enum value set:",
    );
    expect(await create({ NumberOfWorkers: undefined })).toBe(
      "InvalidInputException: Please set both Worker Type and Number of Workers.",
    );
    expect(await create({ NumberOfWorkers: 1 })).toBe(
      "InvalidInputException: To use Worker Type G.1X, minimum allowed value of Number of Workers is 2.",
    );
    expect(await create({ MaxCapacity: 2 })).toBe(
      "InvalidInputException: Please do not set Max Capacity when using Worker Type and Number of Workers.",
    );
    expect(await create({ GlueVersion: "7.7" })).toContain(
      "InvalidInputException: Given GlueVersion [7.7] is not valid.",
    );
    expect(await create({ Role: undefined })).toContain(
      "Value null at 'role' failed to satisfy constraint: Member must not be null",
    );
    expect(await refusal(h.glue.send(new GetJobCommand({ JobName: "nobody" })))).toContain("EntityNotFoundException");
    expect(await refusal(h.glue.send(new StartJobRunCommand({ JobName: "nobody" })))).toContain(
      "EntityNotFoundException",
    );
    await h.glue.send(new CreateJobCommand(job("twice")));
    expect(await refusal(h.glue.send(new CreateJobCommand(job("twice"))))).toContain("AlreadyExistsException");
    expect(await refusal(h.glue.send(new CreateJobCommand(job("twice", { Description: "other" }))))).toContain(
      "IdempotentParameterMismatchException",
    );
    expect(await refusal(h.glue.send(new DeleteJobCommand({ JobName: "nobody" })))).toBe("accepted");
  });

  it("pages and filters lists", async () => {
    for (let i = 0; i < 5; i += 1)
      await h.glue.send(new CreateJobCommand(job(`page-${i}`, { Tags: { group: "page" } })));
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await h.glue.send(new ListJobsCommand({ MaxResults: 2, NextToken, Tags: { group: "page" } }));
      expect(page.JobNames?.length).toBeLessThanOrEqual(2);
      names.push(...(page.JobNames ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(names).toEqual(["page-0", "page-1", "page-2", "page-3", "page-4"]);
    expect((await h.glue.send(new GetJobsCommand({ MaxResults: 3 }))).NextToken).toBeDefined();
    const batch = await h.glue.send(new BatchGetJobsCommand({ JobNames: ["page-1", "nobody"] }));
    expect(batch).toMatchObject({ Jobs: [{ Name: "page-1" }], JobsNotFound: ["nobody"] });
    expect(await refusal(h.glue.send(new ListJobsCommand({ NextToken: "garbage" })))).toContain(
      "InvalidInputException",
    );
  });

  it("keeps triggers to Glue's rules", async () => {
    await h.glue.send(new CreateJobCommand(job("first")));
    await h.glue.send(new CreateJobCommand(job("second")));
    await h.glue.send(new CreateWorkflowCommand({ Name: "w" }));
    const create = (more: Partial<CreateTriggerCommandInput>): Promise<string> =>
      refusal(
        h.glue.send(
          new CreateTriggerCommand({ Name: "t", Type: "ON_DEMAND", Actions: [{ JobName: "first" }], ...more }),
        ),
      );
    const watch = (JobName: string, State?: "SUCCEEDED" | "RUNNING") => ({
      Conditions: [{ LogicalOperator: "EQUALS" as const, JobName, State }],
    });
    expect(await create({ Actions: [{ JobName: "nobody" }] })).toContain("EntityNotFoundException");
    expect(await create({ WorkflowName: "nobody" })).toContain("EntityNotFoundException");
    expect(await create({ StartOnCreation: true })).toContain("InvalidInputException: StartOnCreation");
    expect(await create({ Type: "SCHEDULED", Schedule: "cron(0 25 * * ? *)" })).toContain("InvalidInputException");
    expect(await create({ Type: "SCHEDULED", Schedule: "every day" })).toContain("InvalidInputException");
    expect(await create({ Type: "CONDITIONAL" })).toContain("InvalidInputException");
    expect(
      await create({ Type: "CONDITIONAL", Predicate: { Conditions: [{ JobName: "second", State: "SUCCEEDED" }] } }),
    ).toBe("InvalidInputException: Logical operator cannot be null or empty");
    expect(await create({ Type: "CONDITIONAL", Predicate: watch("second") })).toBe(
      "InvalidInputException: State cannot be null or empty",
    );
    expect(await create({ Type: "CONDITIONAL", Predicate: watch("second", "RUNNING") })).toContain(
      "InvalidInputException",
    );
    expect(await create({ Type: "CONDITIONAL", Predicate: watch("nobody", "SUCCEEDED") })).toContain(
      "EntityNotFoundException",
    );
    expect(await create({ Type: "CONDITIONAL", Predicate: watch("first", "SUCCEEDED") })).toBe(
      "InvalidInputException: Job cannot be a Predicate and Action for Conditional Trigger.",
    );
    expect(await create({ Name: "start", WorkflowName: "w" })).toBe("accepted");
    expect(await create({ Name: "start2", WorkflowName: "w" })).toContain("InvalidInputException");
    expect(
      await create({
        Name: "c",
        WorkflowName: "w",
        Type: "CONDITIONAL",
        StartOnCreation: true,
        Actions: [{ JobName: "second" }],
        Predicate: watch("first", "SUCCEEDED"),
      }),
    ).toBe("accepted");
    const stateOf = async (Name: string): Promise<string | undefined> =>
      (await h.glue.send(new GetTriggerCommand({ Name }))).Trigger?.State;
    expect([await stateOf("start"), await stateOf("c")]).toEqual(["CREATED", "ACTIVATED"]);
    const update = {
      Name: "c",
      TriggerUpdate: { Actions: [{ JobName: "second" }], Predicate: watch("first", "SUCCEEDED") },
    };
    expect(await refusal(h.glue.send(new UpdateTriggerCommand(update)))).toBe(
      "InvalidInputException: The operation is not allowed when trigger is in state: ACTIVATED",
    );
    await h.glue.send(new StopTriggerCommand({ Name: "c" }));
    expect(await stateOf("c")).toBe("DEACTIVATED");
    expect(await refusal(h.glue.send(new StopTriggerCommand({ Name: "start" })))).toBe(
      "InvalidInputException: The operation is not allowed when trigger is in state: CREATED",
    );
    expect(await refusal(h.glue.send(new UpdateTriggerCommand(update)))).toBe("accepted");
    await h.glue.send(new StartTriggerCommand({ Name: "c" }));
    expect(await stateOf("c")).toBe("ACTIVATED");
  });

  it("runs a workflow and shows its graph", async () => {
    h.runner.auto = () => "SUCCEEDED";
    const { RunId } = await h.glue.send(new StartWorkflowRunCommand({ Name: "w", RunProperties: { k: "v" } }));
    await settle();
    const { Run } = await h.glue.send(new GetWorkflowRunCommand({ Name: "w", RunId, IncludeGraph: true }));
    expect(RunId).toMatch(/^wr_[0-9a-f]{64}$/);
    expect(Run).toMatchObject({
      Status: "COMPLETED",
      WorkflowRunProperties: { k: "v" },
      Statistics: { TotalActions: 2, SucceededActions: 2 },
    });
    expect(
      Run?.Graph?.Nodes?.map(
        (node) => `${node.Type} ${node.Name} ${node.JobDetails?.JobRuns?.[0]?.JobRunState ?? ""}`,
      ).sort(),
    ).toEqual(["JOB first SUCCEEDED", "JOB second SUCCEEDED", "TRIGGER c ", "TRIGGER start "]);
    expect(Run?.Graph?.Edges).toHaveLength(3);
    expect(h.events.map((event) => event.detail["state"])).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  });
});
