import { expect, test } from "vitest";
import type { AwsContext } from "../../../src/aws/context.ts";
import { job } from "../../../src/services/glue/job.ts";
import { database } from "../../../src/services/glue/database.ts";
import { connection } from "../../../src/services/glue/connection.ts";
import type { JobProps } from "../../../src/services/glue/props.ts";
import { shellCase } from "../../kind-suite/cases/glue.ts";
import { send } from "../../kind-suite/drive.ts";
import { stubContext } from "../../operate/support.ts";

const address = { kind: "glue.job", id: "x", name: "x" };
const shell = (): JobProps => shellCase.base({ partition: "aws", account: "123456789012" } as AwsContext, address);

/** What UpdateJob is sent when AWS has `now`. */
async function sent(now: object, props: JobProps, changed: readonly string[]): Promise<Record<string, unknown>> {
  let update: Record<string, unknown> = {};
  const ctx = stubContext({
    glue: {
      getJob: () => ({ Job: now }),
      updateJob: (input: { JobUpdate: Record<string, unknown> }) => ((update = input.JobUpdate), {}),
    },
  });
  const live = { name: "x", tags: {}, props };
  await send(job.update(ctx, { address, props, tags: {}, live, changed: new Set(changed) }));
  return update;
}

const NOW = {
  Command: { Name: "pythonshell", ScriptLocation: "s3://b/a.py", PythonVersion: "3.9" },
  GlueVersion: "3.0",
  MaxCapacity: 0.0625,
  Timeout: 30,
  JobMode: "NOTEBOOK",
  LogUri: "s3://theirs/",
  SourceControlDetails: { Provider: "GITHUB", Repository: "r" },
};

test("an update of a job sends along what the config does not say", async () => {
  const { timeoutMinutes: _t, ...props } = shell();
  const update = await sent(NOW, { ...props, description: "new" }, ["description"]);
  expect(update).toMatchObject({
    Description: "new",
    GlueVersion: "3.0",
    MaxCapacity: 0.0625,
    Timeout: 30,
    JobMode: "NOTEBOOK",
    LogUri: "s3://theirs/",
    SourceControlDetails: { Provider: "GITHUB", Repository: "r" },
  });
  expect(Object.keys(update)).not.toContain("WorkerType");
  expect(Object.keys(update)).not.toContain("ExecutionClass");
});

test("what the config said and says no more goes back to AWS's own", async () => {
  const update = await sent(NOW, shell(), ["jobMode", "logUri", "sourceControl"]);
  expect(update["JobMode"]).toBeUndefined();
  expect(update["LogUri"]).toBeUndefined();
  expect(update["SourceControlDetails"]).toBeUndefined();
});

test("a Spark job that becomes a Python shell job loses its Glue version and its workers", async () => {
  const spark = {
    Command: { Name: "glueetl" },
    GlueVersion: "5.0",
    WorkerType: "G.1X",
    NumberOfWorkers: 2,
    MaxCapacity: 2,
  };
  const update = await sent(spark, shell(), ["command", "glueVersion", "workerType", "numberOfWorkers", "maxCapacity"]);
  expect(update).toMatchObject({ MaxCapacity: 0.0625, Command: { Name: "pythonshell" } });
  for (const gone of ["GlueVersion", "WorkerType", "NumberOfWorkers"]) expect(Object.keys(update)).not.toContain(gone);
});

test("a database keeps what others grant and note, and loses what the config said of it", async () => {
  let input: object = {};
  const now = { Name: "d", Parameters: { theirs: "1" }, CreateTableDefaultPermissions: [{ Permissions: ["SELECT"] }] };
  const ctx = stubContext({
    glue: {
      getDatabase: () => ({ Database: now }),
      updateDatabase: (given: { DatabaseInput: object }) => ((input = given.DatabaseInput), {}),
    },
  });
  const props = { description: "d", locationUri: null };
  const write = {
    address: { ...address, kind: "glue.database" },
    props,
    tags: {},
    live: { name: "d", tags: {}, props },
  };
  await send(database.update(ctx, { ...write, changed: new Set(["description"]) }));
  expect(input).toMatchObject({
    Parameters: { theirs: "1" },
    CreateTableDefaultPermissions: [{ Permissions: ["SELECT"] }],
  });
  await send(database.update(ctx, { ...write, changed: new Set(["parameters", "createTableDefaultPermissions"]) }));
  expect(input).toEqual({
    Name: "x",
    Description: "d",
    CreateTableDefaultPermissions: [
      { Principal: { DataLakePrincipalIdentifier: "IAM_ALLOWED_PRINCIPALS" }, Permissions: ["ALL"] },
    ],
  });
});

test("nothing of a secret in a connection is read into a plan", async () => {
  const asked: object[] = [];
  const ctx = stubContext({
    glue: {
      getConnection: (input: object) => {
        asked.push(input);
        const ConnectionProperties = {
          USERNAME: "u",
          PASSWORD: "hunter2",
          JDBC_CONNECTION_URL: "jdbc:mysql://u:pw@h/d",
        };
        return { Connection: { Name: "k", ConnectionType: "JDBC", ConnectionProperties } };
      },
      getTags: () => ({ Tags: {} }),
    },
  });
  const live = (await connection.read(ctx, [{ kind: "glue.connection", id: "k", name: "k" }])).get("k");
  expect(asked).toEqual([{ Name: "k", HidePassword: true }]);
  expect(live?.props.properties).toEqual({
    USERNAME: "u",
    PASSWORD: "(a secret)",
    JDBC_CONNECTION_URL: "(a secret)",
  });
  expect(JSON.stringify(live)).not.toMatch(/hunter2|:pw@/);
});
