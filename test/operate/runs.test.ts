import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { machineId } from "../../src/aws/lease-record.ts";
import { resumeWorkflow } from "../../src/operate/runs/resume.ts";
import { listRuns } from "../../src/operate/runs/history.ts";
import type { RunEvent } from "../../src/operate/runs/events.ts";
import { runWorkflow } from "../../src/operate/runs/follow.ts";
import { awsError, collect, networkError, stubContext, type Stubs, VirtualClock } from "./support.ts";

const target = { workflow: "metriccare_etl_workflow_test", jobs: { bronze: "job_bronze", silver: "job_silver" } };

interface Shot {
  readonly status: string;
  /** Job name to its runs: state, or state and attempt. */
  readonly jobs: Readonly<Record<string, readonly (readonly [state: string, attempt?: number, error?: string])[]>>;
  readonly error?: string;
}

/** GetWorkflowRun's answer. */
function run(shot: Shot, id = "wr_1"): object {
  return {
    Run: {
      WorkflowRunId: id,
      Status: shot.status,
      ...(shot.error ? { ErrorMessage: shot.error } : {}),
      Graph: {
        Nodes: [
          { Type: "TRIGGER", Name: "t", UniqueId: "wnode_t" },
          ...Object.entries(shot.jobs).map(([name, runs]) => ({
            Type: "JOB",
            Name: name,
            UniqueId: `wnode_${name}`,
            JobDetails: {
              JobRuns: runs.map(([state, attempt, error]) => ({
                Id: `jr_${name}_${attempt ?? 0}`,
                JobRunState: state,
                Attempt: attempt ?? 0,
                ExecutionTime: 7,
                ...(error ? { ErrorMessage: error } : {}),
              })),
            },
          })),
        ],
        Edges: [
          { SourceId: "wnode_job_bronze", DestinationId: "wnode_t" },
          { SourceId: "wnode_t", DestinationId: "wnode_job_silver" },
        ],
      },
    },
  };
}

/** Answers one after the other; an Error is thrown; the last one stays. */
function script<T>(...answers: readonly (T | Error)[]): () => T {
  let at = 0;
  return () => {
    const answer = answers[Math.min(at++, answers.length - 1)] as T | Error;
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

const noLogs: Stubs["logs"] = {
  getLogEvents: () => {
    throw awsError("ResourceNotFoundException");
  },
};
const start = { startWorkflowRun: () => ({ RunId: "wr_1" }) };
const last = <T>(events: readonly T[]): T => events.at(-1) as T;
const types = (events: readonly RunEvent[]): string[] => events.map((event) => event.type);

describe("the verdict comes from the graph", () => {
  test("every job succeeded: one event per change, then finished", async () => {
    const ctx = stubContext({
      glue: {
        ...start,
        getWorkflowRun: script(
          run({ status: "RUNNING", jobs: { job_bronze: [["RUNNING"]], job_silver: [] } }),
          run({ status: "RUNNING", jobs: { job_bronze: [["RUNNING"]], job_silver: [] } }),
          run({ status: "RUNNING", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["RUNNING"]] } }),
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }),
        ),
      },
    });
    const events = await collect(runWorkflow(ctx, target));
    expect(types(events)).toEqual(["started", "job", "job", "job", "job", "finished"]);
    expect(last(events)).toEqual({
      type: "finished",
      verdict: "succeeded",
      runId: "wr_1",
      jobs: [
        { key: "bronze", name: "job_bronze", state: "SUCCEEDED", seconds: 7 },
        { key: "silver", name: "job_silver", state: "SUCCEEDED", seconds: 7 },
      ],
      calls: 5,
      ms: expect.any(Number),
    });
  });

  test.each<[string, Shot, string, Record<string, string>]>([
    [
      "COMPLETED with a failed job",
      { status: "COMPLETED", jobs: { job_bronze: [["FAILED", 0, "boom"]], job_silver: [] } },
      "failed",
      { bronze: "FAILED", silver: "NOT_RUN" },
    ],
    [
      "COMPLETED with a node that has no run",
      { status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [] } },
      "failed",
      { bronze: "SUCCEEDED", silver: "NOT_RUN" },
    ],
    [
      "COMPLETED with a declared job that the graph lacks",
      { status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]] } },
      "failed",
      { bronze: "SUCCEEDED", silver: "NOT_RUN" },
    ],
    [
      "a retry that succeeded",
      {
        status: "COMPLETED",
        jobs: {
          job_bronze: [
            ["FAILED", 0],
            ["SUCCEEDED", 1],
          ],
          job_silver: [["SUCCEEDED"]],
        },
      },
      "succeeded",
      { bronze: "SUCCEEDED", silver: "SUCCEEDED" },
    ],
    [
      "a job that ran into its timeout",
      { status: "COMPLETED", jobs: { job_bronze: [["TIMEOUT"]], job_silver: [] } },
      "failed",
      { bronze: "TIMEOUT", silver: "NOT_RUN" },
    ],
    [
      "STOPPED",
      { status: "STOPPED", jobs: { job_bronze: [["STOPPED"]], job_silver: [] } },
      "stopped",
      { bronze: "STOPPED", silver: "NOT_RUN" },
    ],
    [
      "ERROR with a message",
      { status: "ERROR", error: "Concurrent runs exceeded for workflow: w.", jobs: {} },
      "failed",
      { bronze: "NOT_RUN", silver: "NOT_RUN" },
    ],
    [
      "a job that the config does not know",
      { status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]], other: [["FAILED"]] } },
      "failed",
      { bronze: "SUCCEEDED", silver: "SUCCEEDED", other: "FAILED" },
    ],
  ])("%s", async (_, shot, verdict, states) => {
    const ctx = stubContext({ glue: { ...start, getWorkflowRun: () => run(shot) }, logs: noLogs });
    const finished = last(await collect(runWorkflow(ctx, target)));
    expect(finished).toMatchObject({ type: "finished", verdict });
    expect(
      finished.type === "finished" && Object.fromEntries(finished.jobs.map((job) => [job.key, job.state])),
    ).toEqual(states);
    expect(finished.type === "finished" && finished.error === undefined).toBe(verdict === "succeeded");
  });

  test("a status that runs ahead of its graph is waited for", async () => {
    const ctx = stubContext({
      glue: {
        ...start,
        getWorkflowRun: script(
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["RUNNING"]] } }),
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }),
        ),
      },
    });
    expect(last(await collect(runWorkflow(ctx, target)))).toMatchObject({ verdict: "succeeded" });
  });
});

test("a failure says the job, its cause without input, the last log lines, a hint and the next command", async () => {
  const ctx = stubContext({
    glue: {
      ...start,
      getWorkflowRun: () =>
        run({
          status: "COMPLETED",
          jobs: {
            job_bronze: [
              [
                "FAILED",
                0,
                "Py4JJavaError: org.apache.hudi.exception.HoodieLockException: Unable to acquire lock for 'Smith'",
              ],
            ],
            job_silver: [],
          },
        }),
    },
    logs: {
      getLogEvents: (input: { logGroupName: string }) =>
        input.logGroupName.endsWith("/output")
          ? {
              events: [
                { timestamp: 1, message: "Traceback (most recent call last):\n" },
                { timestamp: 2, message: 'bad line {"resourceType":"Patient","name":"Smith"}' },
              ],
            }
          : { events: [] },
    },
  });
  const failure = (await collect(runWorkflow(ctx, target))).find((event) => event.type === "failure");
  expect(failure).toMatchObject({
    key: "bronze",
    state: "FAILED",
    jobRunId: "jr_job_bronze_0",
    hint: { id: "hudi_lock" },
    next: "metriccare runs logs jr_job_bronze_0 --env test",
  });
  expect(JSON.stringify(failure)).not.toContain("Smith");
  expect(ctx.calls.entries.filter((call) => call.service === "logs")).toHaveLength(1);
  expect(failure?.type === "failure" && failure.log.map((line) => line.text)).toEqual([
    "Traceback (most recent call last):",
  ]);
  expect(failure).toMatchObject({
    cause: "Py4JJavaError: org.apache.hudi.exception.HoodieLockException: Unable to acquire lock…",
    hidden: 1,
  });
});

test("a traceback in Glue's own group stands behind what the script printed", async () => {
  const ctx = stubContext({
    glue: {
      ...start,
      getWorkflowRun: () => run({ status: "COMPLETED", jobs: { job_bronze: [["FAILED"]], job_silver: [] } }),
    },
    logs: {
      getLogEvents: (input: { logGroupName: string }) =>
        input.logGroupName.endsWith("/output")
          ? { events: [{ timestamp: 1, message: "files=3" }] }
          : {
              events: ["24/05/01 INFO noise", "Traceback (most recent call last):", "RuntimeError: boom"].map(
                (message, at) => ({ timestamp: at, message }),
              ),
            },
    },
  });
  const failure = (await collect(runWorkflow(ctx, target))).find((event) => event.type === "failure");
  expect(failure?.type === "failure" && failure.log.map((line) => line.text)).toEqual([
    "files=3",
    "Traceback (most recent call last):",
    "RuntimeError: …",
  ]);
});

describe("a network that comes and goes", () => {
  test("is waited out, visibly", async () => {
    const ctx = stubContext({
      glue: {
        ...start,
        getWorkflowRun: script<object>(
          run({ status: "RUNNING", jobs: { job_bronze: [["RUNNING"]] } }),
          networkError(),
          awsError("ThrottlingException", "Rate exceeded"),
          awsError("InternalServiceException", "", 500),
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }),
        ),
      },
    });
    const events = await collect(runWorkflow(ctx, target));
    expect(events.filter((event) => event.type === "reconnecting")).toMatchObject([
      { reason: "network" },
      { reason: "busy" },
      { reason: "busy" },
    ]);
    expect(last(events)).toMatchObject({ verdict: "succeeded" });
  });

  test("does not hold a command for ever", async () => {
    const ctx = stubContext({ glue: { ...start, getWorkflowRun: script<object>(networkError()) } });
    await expect(collect(runWorkflow(ctx, target))).rejects.toMatchObject({
      code: "unreachable",
      fix: "metriccare run-workflow --run wr_1 --env test",
    });
  });

  test("refused credentials are not a network", async () => {
    const ctx = stubContext({
      glue: { ...start, getWorkflowRun: script<object>(awsError("ExpiredTokenException", "expired")) },
    });
    await expect(collect(runWorkflow(ctx, target))).rejects.toMatchObject({ name: "ExpiredTokenException" });
  });

  test("a run that vanished is said to have", async () => {
    const ctx = stubContext({ glue: { getWorkflowRun: script<object>(awsError("EntityNotFoundException")) } });
    await expect(collect(runWorkflow(ctx, target, { runId: "wr_9" }))).rejects.toMatchObject({
      code: "run_vanished",
      at: "wr_9",
    });
  });
});

describe("start and attach", () => {
  const busy = awsError("ConcurrentRunsExceededException", "Concurrent runs exceeded for metriccare_etl_workflow_test");

  test("a run that is on is named, with the way to follow it", async () => {
    const ctx = stubContext({
      glue: {
        startWorkflowRun: script<object>(busy),
        getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_7", Status: "RUNNING" } } }),
      },
    });
    await expect(collect(runWorkflow(ctx, target))).rejects.toMatchObject({
      code: "concurrent_runs",
      at: "wr_7",
      fix: "metriccare run-workflow --attach --env test",
    });
  });

  test("a run whose command was killed is taken up, on the machine where that is known", async () => {
    const { pid = 0 } = spawnSync("true");
    const startedBy = (starter: string) =>
      stubContext({
        glue: {
          startWorkflowRun: script<object>(busy),
          getWorkflow: () => ({
            Workflow: {
              LastRun: {
                WorkflowRunId: "wr_7",
                Status: "RUNNING",
                WorkflowRunProperties: { metriccare_start: starter },
              },
            },
          }),
        },
      });
    const takeUp = (starter: string, more = {}) =>
      collect(runWorkflow(startedBy(starter), target, { noWait: true, ...more }));
    expect(await takeUp(`token ${pid} ${machineId()}`)).toEqual([
      {
        type: "attached",
        runId: "wr_7",
        workflow: target.workflow,
        because: "the command that started it is gone",
      },
    ]);
    const refused = { code: "concurrent_runs", at: "wr_7" };
    await expect(takeUp(`token ${process.pid} ${machineId()}`)).rejects.toMatchObject(refused);
    await expect(takeUp(`token ${pid} another machine`)).rejects.toMatchObject(refused);
    // Properties are for a run of one's own.
    await expect(takeUp(`token ${pid} ${machineId()}`, { properties: { a: "b" } })).rejects.toMatchObject(refused);
  });

  test("our own start whose answer got lost is recognised", async () => {
    let token = "";
    const ctx = stubContext({
      glue: {
        startWorkflowRun: (input: { RunProperties: Record<string, string> }) => {
          if (token) throw busy;
          token = input.RunProperties["metriccare_start"] ?? "";
          throw networkError("ECONNRESET");
        },
        getWorkflow: script<object>(networkError("ECONNRESET"), {
          Workflow: {
            LastRun: {
              WorkflowRunId: "wr_1",
              Status: "RUNNING",
              get WorkflowRunProperties() {
                return { metriccare_start: token };
              },
            },
          },
        }),
      },
    });
    expect(await collect(runWorkflow(ctx, target, { noWait: true }))).toEqual([
      { type: "started", runId: "wr_1", workflow: target.workflow },
    ]);
  });

  test("--attach follows the run that is on, and starts one when none is", async () => {
    const done = {
      getWorkflowRun: () =>
        run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }),
    };
    const on = stubContext({
      glue: { ...done, getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_7", Status: "RUNNING" } } }) },
    });
    expect((await collect(runWorkflow(on, target, { attach: true })))[0]).toMatchObject({
      type: "attached",
      runId: "wr_7",
    });
    const off = stubContext({
      glue: {
        ...done,
        getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_7", Status: "COMPLETED" } } }),
        startWorkflowRun: () => ({ RunId: "wr_8" }),
      },
    });
    expect((await collect(runWorkflow(off, target, { attach: true })))[0]).toMatchObject({
      type: "started",
      runId: "wr_8",
    });
  });

  test("--attach follows a run that somebody started between its look and its start", async () => {
    const workflow = (WorkflowRunId: string, Status: string) => ({ Workflow: { LastRun: { WorkflowRunId, Status } } });
    const ctx = stubContext({
      glue: {
        getWorkflow: script<object>(
          workflow("wr_7", "COMPLETED"),
          workflow("wr_9", "RUNNING"),
          workflow("wr_9", "RUNNING"),
        ),
        startWorkflowRun: script<object>(awsError("ConcurrentRunsExceededException")),
        getWorkflowRun: () =>
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }),
      },
    });
    expect((await collect(runWorkflow(ctx, target, { attach: true })))[0]).toMatchObject({
      type: "attached",
      runId: "wr_9",
    });
  });

  test("a workflow that does not exist", async () => {
    const ctx = stubContext({ glue: { startWorkflowRun: script<object>(awsError("EntityNotFoundException")) } });
    await expect(collect(runWorkflow(ctx, target))).rejects.toMatchObject({
      code: "no_workflow",
      fix: "metriccare apply --env test",
    });
  });
});

describe("ends that are not the run's", () => {
  const on = run({ status: "RUNNING", jobs: { job_bronze: [["RUNNING"]], job_silver: [] } });

  test("a timeout leaves the run alone", async () => {
    const clock = new VirtualClock();
    const from = clock.now();
    const ctx = stubContext({ glue: { ...start, getWorkflowRun: () => on } }, clock);
    expect(last(await collect(runWorkflow(ctx, target, { timeoutMs: 60_000 })))).toMatchObject({
      verdict: "timeout",
      error: { code: "timeout" },
    });
    expect(clock.now() - from).toBe(60_000);
  });

  test("an hour of waiting costs few calls", async () => {
    const ctx = stubContext({ glue: { ...start, getWorkflowRun: () => on } });
    const finished = last(await collect(runWorkflow(ctx, target, { timeoutMs: 3_600_000 })));
    expect(finished.type === "finished" && finished.calls).toBeLessThan(380);
  });

  test("an interrupt detaches and does not stop the run", async () => {
    const interrupt = new AbortController();
    const ctx = stubContext({ glue: { ...start, getWorkflowRun: () => (interrupt.abort(new Error("SIGINT")), on) } });
    const events = await collect(runWorkflow(ctx, target, { signal: interrupt.signal }));
    expect(last(events)).toEqual({
      type: "detached",
      runId: "wr_1",
      next: "metriccare run-workflow --run wr_1 --env test",
    });
  });

  test("with stopOnInterrupt the run is stopped and followed to its stop", async () => {
    const interrupt = new AbortController();
    let stopped = false;
    const ctx = stubContext({
      glue: {
        ...start,
        stopWorkflowRun: () => ((stopped = true), {}),
        getWorkflowRun: () => {
          interrupt.abort(new Error("SIGINT"));
          return stopped ? run({ status: "STOPPED", jobs: { job_bronze: [["STOPPED"]], job_silver: [] } }) : on;
        },
      },
      logs: noLogs,
    });
    const events = await collect(runWorkflow(ctx, target, { signal: interrupt.signal, stopOnInterrupt: true }));
    expect(types(events)).toContain("stopping");
    expect(last(events)).toMatchObject({ verdict: "stopped" });
  });
});

describe("resume", () => {
  const failed = run({ status: "COMPLETED", jobs: { job_bronze: [["FAILED"]], job_silver: [] } });

  test("picks the failed node, says what follows, follows the new run", async () => {
    let nodes: unknown;
    const ctx = stubContext({
      glue: {
        getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_1", Status: "COMPLETED" } } }),
        getWorkflowRun: script<object>(
          failed,
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }, "wr_2"),
        ),
        resumeWorkflowRun: (input: { NodeIds: string[] }) => ((nodes = input.NodeIds), { RunId: "wr_2" }),
      },
    });
    const events = await collect(resumeWorkflow(ctx, target));
    expect(events[0]).toEqual({ type: "resume", runId: "wr_1", restart: ["bronze"], behind: ["silver"] });
    expect(events[1]).toMatchObject({ type: "started", runId: "wr_2", previousRunId: "wr_1" });
    expect(nodes).toEqual(["wnode_job_bronze"]);
    expect(last(events)).toMatchObject({ verdict: "succeeded", runId: "wr_2" });
  });

  test("of a run that was resumed already goes on from the last of the chain", async () => {
    const ctx = stubContext({
      glue: {
        getWorkflowRuns: () => ({
          Runs: [
            { WorkflowRunId: "wr_3", PreviousRunId: "wr_2" },
            { WorkflowRunId: "wr_2", PreviousRunId: "wr_1" },
            { WorkflowRunId: "wr_1" },
          ],
        }),
        getWorkflowRun: (input: { RunId: string }) =>
          run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]], job_silver: [["SUCCEEDED"]] } }, input.RunId),
      },
    });
    const events = await collect(resumeWorkflow(ctx, target, { runId: "wr_1" }));
    expect(events[0]).toEqual({ type: "nothing_to_resume", runId: "wr_3" });
    expect(last(events)).toMatchObject({ type: "finished", verdict: "succeeded", runId: "wr_3" });
  });

  test("a run of which no job failed, and not all ran, cannot be resumed", async () => {
    const ctx = stubContext({
      glue: {
        getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_1" } } }),
        getWorkflowRun: () => run({ status: "COMPLETED", jobs: { job_bronze: [["SUCCEEDED"]] } }),
      },
    });
    await expect(collect(resumeWorkflow(ctx, target))).rejects.toMatchObject({ code: "nothing_to_resume" });
  });

  test("a run that is on is not resumed", async () => {
    const ctx = stubContext({
      glue: {
        getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_1" } } }),
        getWorkflowRun: () => run({ status: "RUNNING", jobs: { job_bronze: [["RUNNING"]] } }),
      },
    });
    await expect(collect(resumeWorkflow(ctx, target))).rejects.toMatchObject({ code: "run_is_on" });
  });
});

test("history: newest first, over all pages, with verdict and money", async () => {
  const at = (minute: number): Date => new Date(Date.UTC(2024, 4, 1, 9, minute));
  const row = (id: string, minute: number, state: string): object => ({
    ...(run({ status: "COMPLETED", jobs: { job_bronze: [[state]], job_silver: [[state]] } }, id) as { Run: object })
      .Run,
    StartedOn: at(minute),
    CompletedOn: at(minute + 2),
  });
  const ctx = stubContext({
    glue: {
      getWorkflowRuns: (input: { NextToken?: string }) =>
        input.NextToken
          ? { Runs: [row("wr_b", 5, "SUCCEEDED")] }
          : { Runs: [row("wr_a", 1, "FAILED")], NextToken: "more" },
    },
  });
  expect(await listRuns(ctx, target)).toMatchObject([
    { run_id: "wr_b", verdict: "succeeded", seconds: 120, failed: [] },
    { run_id: "wr_a", verdict: "failed", failed: ["bronze", "silver"] },
  ]);
});
