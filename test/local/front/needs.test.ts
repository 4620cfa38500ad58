import { expect, it } from "vitest";
import { GetJobCommand, GlueClient, StartWorkflowRunCommand } from "@aws-sdk/client-glue";
import { glueNeeds } from "../../../src/local/front/glue/needs.ts";
import type { GlueState } from "../../../src/local/front/glue/state.ts";
import { frontHarness, glueModel } from "./harness.ts";

const state = { account: "123456789012", region: "us-east-1" } as GlueState;

it.each([
  ["StartWorkflowRun", { Name: "w" }, ["workflow/w"]],
  ["GetWorkflowRunProperties", { Name: "w", RunId: "r" }, ["workflow/w"]],
  ["CreateJob", { Name: "j" }, ["job/j"]],
  ["StartJobRun", { JobName: "j" }, ["job/j"]],
  ["GetJobs", {}, ["job/*"]],
  ["BatchGetJobs", { JobNames: ["a", "b"] }, ["job/a", "job/b"]],
  ["BatchGetWorkflows", { Names: ["w"] }, ["workflow/w"]],
  ["CreateTrigger", { Name: "t", WorkflowName: "w" }, ["trigger/t"]],
  ["GetDatabase", { Name: "DB" }, ["catalog", "database/db"]],
  ["CreateDatabase", { DatabaseInput: { Name: "db" } }, ["catalog", "database/db"]],
  ["GetTable", { DatabaseName: "db", Name: "T" }, ["catalog", "database/db", "table/db/t"]],
  ["UpdateTable", { DatabaseName: "db", TableInput: { Name: "t" } }, ["catalog", "database/db", "table/db/t"]],
  [
    "UpdateTable",
    { DatabaseName: "db", Name: "mine", TableInput: { Name: "yours" } },
    ["catalog", "database/db", "table/db/mine", "table/db/yours"],
  ],
  ["GetTables", { DatabaseName: "db" }, ["catalog", "database/db", "table/db/*"]],
  ["BatchCreatePartition", { DatabaseName: "db", TableName: "t" }, ["catalog", "database/db", "table/db/t"]],
  [
    "CreateUserDefinedFunction",
    { DatabaseName: "db", FunctionInput: { FunctionName: "f" } },
    ["catalog", "database/db", "userDefinedFunction/db/f"],
  ],
  ["TagResource", { ResourceArn: "arn:aws:glue:us-east-1:123456789012:job/j" }, ["job/j"]],
])("%s %j needs rights on %j", (operation, input, resources) => {
  expect(glueNeeds(state, operation, input)).toEqual({
    action: `glue:${operation}`,
    resources: resources.map((r) => `arn:aws:glue:us-east-1:123456789012:${r}`),
  });
});

it.each([
  ["CreateJob", { Name: "j", Role: "r" }],
  ["UpdateJob", { JobName: "j", JobUpdate: { Role: "arn:aws:iam::123456789012:role/r" } }],
])("%s passes its role to Glue", (operation, input) => {
  expect(glueNeeds(state, operation, input).passes).toEqual(["arn:aws:iam::123456789012:role/r"]);
});

it("a run takes the role of its job without passing it", () => {
  expect(glueNeeds(state, "StartJobRun", { JobName: "j", Role: "r" })).not.toHaveProperty("passes");
});

it.skipIf(!glueModel)("asks IAM for keys minted here, and never for the account's root", async () => {
  const asked: string[] = [];
  const h = await frontHarness({
    secretOf: async () => ({ secretAccessKey: "x" }),
    authorize: async (key, action, resources) => {
      asked.push(`${key} ${action} ${resources.join()}`);
      return action === "glue:GetJob" ? "User: x is not authorized to perform: glue:GetJob" : undefined;
    },
  });
  const role = new GlueClient({
    endpoint: h.front.url,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "ASIAROLEROLEROLEROLE", secretAccessKey: "x" },
  });
  await expect(role.send(new GetJobCommand({ JobName: "j" }))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: "User: x is not authorized to perform: glue:GetJob",
  });
  await expect(role.send(new StartWorkflowRunCommand({ Name: "w" }))).rejects.toMatchObject({
    name: "EntityNotFoundException",
  });
  await expect(h.glue.send(new GetJobCommand({ JobName: "j" }))).rejects.toMatchObject({
    name: "EntityNotFoundException",
  });
  expect(asked).toEqual([
    "ASIAROLEROLEROLEROLE glue:GetJob arn:aws:glue:us-east-1:123456789012:job/j",
    "ASIAROLEROLEROLEROLE glue:StartWorkflowRun arn:aws:glue:us-east-1:123456789012:workflow/w",
  ]);
  role.destroy();
  await h.close();
});
