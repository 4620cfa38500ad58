import { expect, test } from "vitest";
import { runLogs } from "../../src/operate/runs/logs.ts";
import { tail } from "../../src/operate/runs/log-lines.ts";
import { awsError, collect, stubContext, type Stubs } from "./support.ts";

const target = { workflow: "w", jobs: { bronze: "job_bronze", other: "job_other" } };

const NAMES = ["Anna Meyer", "John Smith", "José Núñez"];
const foreign = (n: number): string =>
  [
    `reading ${NAMES[n % 3]}`,
    `INFO HoodieSparkSqlWriter: ${NAMES[n % 3]}`,
    `ValueError: patient ${NAMES[n % 3]} born 1950-01-02`,
    `{"event": "bronze", "job": "j", "run_id": "r", "outcome": "${NAMES[n % 3]}", "rows": ${n}}`,
  ][n % 4] ?? "";

const jobRun = (JobName: string, LogGroupName?: string): Stubs["glue"] => ({
  getJobRun: (input: { JobName: string; RunId: string }) => {
    if (input.JobName !== JobName || input.RunId !== "jr_1") throw awsError("EntityNotFoundException");
    return { JobRun: { Id: "jr_1", JobName, JobRunState: "FAILED", ...(LogGroupName ? { LogGroupName } : {}) } };
  },
});

const printed = (group: string, lines: readonly string[]): Stubs["logs"] => ({
  getLogEvents: (input: { logGroupName: string; nextToken?: string }) => ({
    events:
      input.logGroupName === `${group}/output` && !input.nextToken
        ? lines.map((message, timestamp) => ({ message, timestamp }))
        : [],
    nextForwardToken: "end",
  }),
});

test("1,000 lines of a script full of names: none is shown, and the rest is counted", async () => {
  const lines = Array.from({ length: 1000 }, (_, n) => foreign(n));
  const ctx = stubContext({ glue: jobRun("job_other")!, logs: printed("/aws-glue/jobs", lines)! });
  const events = await collect(runLogs(ctx, target, { runId: "jr_1" }));
  expect(events[0]).toMatchObject({ type: "log-of", key: "other", state: "FAILED" });
  const said = JSON.stringify(events);
  for (const name of ["Meyer", "Smith", "Núñez", "1950"]) expect(said).not.toContain(name);
  expect(events.filter((event) => event.type === "log")).toHaveLength(500);
  expect(events.at(-1)).toEqual({ type: "hidden", count: 500 });
  const raw = await collect(runLogs(ctx, target, { runId: "jr_1", raw: true }));
  expect(raw.flatMap((event) => (event.type === "log" ? [event.text] : []))).toEqual(lines);
});

test("a job run is read from the log group that it wrote to", async () => {
  const ctx = stubContext({
    glue: jobRun("job_bronze", "/metriccare/dev/glue")!,
    logs: printed("/metriccare/dev/glue", ["rows=3"])!,
  });
  const events = await collect(runLogs(ctx, target, { runId: "jr_1" }));
  expect(events.map((event) => event.type)).toEqual(["log-of", "log"]);
});

test("lines of before in the account's groups, which policies do not open, are a hint; a denial of our own groups is one", async () => {
  const ours = { ...target, logs: { bronze: "/aws-glue/metriccare_jobs_test" } };
  const asked: string[] = [];
  const world = (closed: string) =>
    stubContext({
      glue: jobRun("job_bronze", "/aws-glue/jobs")!,
      logs: {
        getLogEvents: ({ logGroupName }: { logGroupName: string }) => {
          asked.push(logGroupName);
          throw awsError(logGroupName.startsWith(closed) ? "AccessDeniedException" : "ResourceNotFoundException");
        },
      },
    });
  const read = (ctx: ReturnType<typeof world>) => collect(runLogs(ctx, ours, { runId: "jr_1" }));
  const events = await read(world("/aws-glue/jobs"));
  expect(events.map((event) => event.type)).toEqual(["log-of", "closed"]);
  expect(events.at(-1)).toMatchObject({ text: expect.stringContaining("logs:GetLogEvents") });
  expect(asked.filter((group) => group.startsWith("/aws-glue/jobs/"))).toHaveLength(1);
  const place = { jobRunId: "jr_1", groups: ["/aws-glue/metriccare_jobs_test", "/aws-glue/jobs"] };
  expect((await tail(world("/aws-glue/jobs"), place)).lines).toMatchObject([
    { text: expect.stringContaining("logs:GetLogEvents") },
  ]);
  await expect(read(world("/aws-glue/metriccare_jobs_test"))).rejects.toThrow("AccessDenied");
});

test("a job run that nobody knows is an error that says where the ids are", async () => {
  const ctx = stubContext({ glue: jobRun("job_bronze")! });
  await expect(collect(runLogs(ctx, target, { runId: "jr_nope" }))).rejects.toMatchObject({
    code: "no_job_run",
    at: "jr_nope",
    fix: expect.stringContaining("runs show"),
  });
});

test("an event of several lines is looked at line by line", async () => {
  const event =
    'Traceback (most recent call last):\n  File "/tmp/x.py", line 3, in smith\n    raise ValueError("Smith")\nValueError: Smith';
  const ctx = stubContext({ glue: jobRun("job_bronze")!, logs: printed("/aws-glue/jobs", [event])! });
  const events = await collect(runLogs(ctx, target, { runId: "jr_1" }));
  expect(events.flatMap((each) => (each.type === "log" ? [each.text] : []))).toEqual([
    "Traceback (most recent call last):",
    '  File "…", line 3',
    "ValueError: …",
  ]);
  expect(events.at(-1)).toEqual({ type: "hidden", count: 1 });
});

test("is looked for where the config has it write, and where it wrote before that", async () => {
  const ours = { ...target, logs: { bronze: "/aws-glue/metriccare_jobs_test" } };
  for (const group of ["/aws-glue/metriccare_jobs_test", "/aws-glue/jobs"]) {
    // Glue says its own group here, whatever the job's argument.
    const glue = jobRun("job_bronze", "/aws-glue/jobs")!;
    const logs: Stubs["logs"] = {
      getLogEvents: (input: { logGroupName: string; nextToken?: string }) => {
        if (!input.logGroupName.startsWith(`${group}/`)) throw awsError("ResourceNotFoundException");
        return printed(group, ["rows=3"])!["getLogEvents"]!(input as never);
      },
    };
    const events = await collect(runLogs(stubContext({ glue, logs }), ours, { runId: "jr_1" }));
    expect(events.map((event) => event.type)).toEqual(["log-of", "log"]);
  }
});
