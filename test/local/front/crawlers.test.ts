import {
  BatchGetCrawlersCommand,
  CreateConnectionCommand,
  CreateCrawlerCommand,
  CreateJobCommand,
  CreateSecurityConfigurationCommand,
  CreateTriggerCommand,
  CreateWorkflowCommand,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GetConnectionsCommand,
  GetCrawlerCommand,
  GetSecurityConfigurationsCommand,
  GetTagsCommand,
  GetWorkflowRunCommand,
  StartCrawlerCommand,
  StartWorkflowRunCommand,
  UpdateCrawlerCommand,
  type CreateCrawlerCommandInput,
} from "@aws-sdk/client-glue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frontHarness, type FrontHarness, glueModel, settle } from "./harness.ts";

const ROLE = "arn:aws:iam::123456789012:role/team/crawls";
const crawler = (Name: string, more: Partial<CreateCrawlerCommandInput> = {}): CreateCrawlerCommandInput => ({
  Name,
  Role: ROLE,
  DatabaseName: "d",
  Targets: { S3Targets: [{ Path: "s3://raw/" }] },
  ...more,
});

describe.skipIf(!glueModel)("crawlers, connections and security configurations of the front", () => {
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

  it("keeps a crawler with AWS's defaults, and an update leaves what it does not name", async () => {
    await h.glue.send(new CreateCrawlerCommand(crawler("c", { Schedule: "cron(0 6 * * ? *)", Tags: { a: "1" } })));
    await h.glue.send(new UpdateCrawlerCommand({ Name: "c", Description: "d" }));
    const { Crawlers: [found] = [], CrawlersNotFound } = await h.glue.send(
      new BatchGetCrawlersCommand({ CrawlerNames: ["c", "nobody"] }),
    );
    expect(CrawlersNotFound).toEqual(["nobody"]);
    expect(found).toMatchObject({
      Role: "team/crawls",
      Description: "d",
      Schedule: { ScheduleExpression: "cron(0 6 * * ? *)", State: "SCHEDULED" },
      RecrawlPolicy: { RecrawlBehavior: "CRAWL_EVERYTHING" },
      State: "READY",
      Version: 2,
    });
    await h.glue.send(new UpdateCrawlerCommand({ Name: "c", Schedule: "" }));
    expect((await h.glue.send(new GetCrawlerCommand({ Name: "c" }))).Crawler?.Schedule).toBeUndefined();
    const ResourceArn = "arn:aws:glue:us-east-1:123456789012:crawler/c";
    expect((await h.glue.send(new GetTagsCommand({ ResourceArn }))).Tags).toEqual({ a: "1" });
  });

  it("refuses what AWS refuses of a crawler", async () => {
    const create = (more: Partial<CreateCrawlerCommandInput>): Promise<string> =>
      refusal(h.glue.send(new CreateCrawlerCommand(crawler("bad", more))));
    expect(await create({ Name: "c" })).toContain("AlreadyExistsException");
    expect(await create({ Schedule: "cron(nonsense)" })).toContain("Schedule expression is invalid");
    expect(await create({ Targets: {} })).toContain("At least one target");
    expect(await create({ Configuration: "{" })).toContain("configuration is invalid");
    expect(await create({ Role: "arn:aws:iam::999999999999:role/x" })).toContain("Cross-account");
  });

  it("says that it does not crawl, by hand and in a workflow, where what waits for that goes on", async () => {
    await h.glue.send(new StartCrawlerCommand({ Name: "c" }));
    const { Crawler } = await h.glue.send(new GetCrawlerCommand({ Name: "c" }));
    expect(Crawler?.LastCrawl).toMatchObject({
      Status: "FAILED",
      ErrorMessage: expect.stringContaining("does not crawl"),
    });

    const Command = { Name: "glueetl", ScriptLocation: "s3://s/a.py" };
    await h.glue.send(new CreateWorkflowCommand({ Name: "w" }));
    await h.glue.send(new CreateJobCommand({ Name: "after", Role: ROLE, Command }));
    const Actions = [{ CrawlerName: "c" }];
    await h.glue.send(new CreateTriggerCommand({ Name: "start", WorkflowName: "w", Type: "ON_DEMAND", Actions }));
    for (const [Name, CrawlState] of [["failed", "FAILED"] as const, ["good", "SUCCEEDED"] as const])
      await h.glue.send(
        new CreateTriggerCommand({
          Name,
          WorkflowName: "w",
          Type: "CONDITIONAL",
          StartOnCreation: true,
          Predicate: { Conditions: [{ LogicalOperator: "EQUALS", CrawlerName: "c", CrawlState }] },
          Actions: [{ JobName: "after" }],
        }),
      );
    h.runner.auto = () => "SUCCEEDED";
    const { RunId } = await h.glue.send(new StartWorkflowRunCommand({ Name: "w" }));
    await settle();
    expect(h.runner.names()).toEqual(["after"]);
    const { Run } = await h.glue.send(new GetWorkflowRunCommand({ Name: "w", RunId, IncludeGraph: true }));
    expect(Run?.Status).toBe("COMPLETED");
    expect(Run?.Statistics).toMatchObject({ FailedActions: 1, SucceededActions: 1 });
    const node = Run?.Graph?.Nodes?.find((one) => one.Type === "CRAWLER");
    expect(node?.CrawlerDetails?.Crawls?.[0]).toMatchObject({ State: "FAILED" });
  });

  it("keeps connections, shows no password where that is asked for, and deletes them", async () => {
    const ConnectionProperties = { JDBC_CONNECTION_URL: "jdbc:mysql://h/d", PASSWORD: "hunter2" };
    await h.glue.send(
      new CreateConnectionCommand({ ConnectionInput: { Name: "k", ConnectionType: "JDBC", ConnectionProperties } }),
    );
    const { Connection } = await h.glue.send(new GetConnectionCommand({ Name: "k", HidePassword: true }));
    expect(Connection?.ConnectionProperties).toEqual({ JDBC_CONNECTION_URL: "jdbc:mysql://h/d" });
    expect((await h.glue.send(new GetConnectionsCommand({}))).ConnectionList).toHaveLength(1);
    const bare = { Name: "n", ConnectionType: "NETWORK" as const, ConnectionProperties: {} };
    expect(await refusal(h.glue.send(new CreateConnectionCommand({ ConnectionInput: bare })))).toContain(
      "PhysicalConnectionRequirements",
    );
    await h.glue.send(new DeleteConnectionCommand({ ConnectionName: "k" }));
    expect(await refusal(h.glue.send(new DeleteConnectionCommand({ ConnectionName: "k" })))).toContain(
      "EntityNotFound",
    );
  });

  it("keeps security configurations, and wants a key where one is used", async () => {
    const create = (KmsKeyArn?: string): Promise<string> =>
      refusal(
        h.glue.send(
          new CreateSecurityConfigurationCommand({
            Name: "s",
            EncryptionConfiguration: { S3Encryption: [{ S3EncryptionMode: "SSE-KMS", KmsKeyArn }] },
          }),
        ),
      );
    expect(await create()).toContain("KMS key ARN is required");
    expect(await create("arn:aws:kms:us-east-1:123456789012:key/1")).toBe("accepted");
    expect(await create("arn:aws:kms:us-east-1:123456789012:key/1")).toContain("AlreadyExists");
    expect((await h.glue.send(new GetSecurityConfigurationsCommand({}))).SecurityConfigurations).toHaveLength(1);
  });
});
