import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeId } from "../../../src/local/front/runs/graph.ts";
import { engineHarness, startWorkflow, statistics, type EngineHarness } from "./engine-harness.ts";
import { settle } from "./harness.ts";

let h: EngineHarness;
beforeEach(() => {
  h = engineHarness();
  for (const name of ["A", "B", "C", "D", "E"]) h.job(name);
});
afterEach(() => h.close());

const then = (name: string, jobs: string[], rule: ReturnType<EngineHarness["when"]>): void =>
  h.trigger(name, { WorkflowName: "w", Actions: jobs.map((JobName) => ({ JobName })), ...rule });

describe("triggers of a workflow run", () => {
  it("AND waits for all of its conditions, and its predecessors are named", async () => {
    then("t", ["C"], h.when("A=SUCCEEDED B=SUCCEEDED"));
    const id = await startWorkflow(h, ["A", "B"]);
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.runner.names()).toEqual(["A", "B"]);
    await h.runner.run("B").end("SUCCEEDED");
    expect(h.runner.names()).toEqual(["A", "B", "C"]);
    expect(h.engine.workflows.runsOf(h.run(id))[2]?.PredecessorRuns?.map((p) => p.JobName)).toEqual(["A", "B"]);
    expect(h.run(id).Status).toBe("RUNNING");
    await h.runner.run("C").end("SUCCEEDED");
    expect(h.run(id)).toMatchObject({ Status: "COMPLETED", CompletedOn: expect.any(Number) });
  });

  it("ANY fires at the first, and only once", async () => {
    then("t", ["C"], h.when("A=SUCCEEDED B=SUCCEEDED", "ANY"));
    const id = await startWorkflow(h, ["A", "B"]);
    await h.runner.run("B").end("SUCCEEDED");
    expect(h.runner.names()).toEqual(["A", "B", "C"]);
    await h.runner.run("C").end("SUCCEEDED");
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.jobsOf(id)).toBe("A:SUCCEEDED B:SUCCEEDED C:SUCCEEDED");
    expect(h.run(id).Status).toBe("COMPLETED");
  });

  it.each(["FAILED", "TIMEOUT", "STOPPED"] as const)(
    "a predicate on %s starts the clean-up and not the success path",
    async (state) => {
      then("ok", ["B"], h.when("A=SUCCEEDED"));
      then("bad", ["C"], h.when(`A=${state}`));
      const id = await startWorkflow(h, ["A"]);
      if (state === "TIMEOUT") await h.clock.advance(60 * 60_000);
      else if (state === "STOPPED") {
        h.engine.jobs.stop(h.runner.run("A").launch.jobRunId);
        await settle();
      } else await h.runner.run("A").end(state);
      expect(h.runner.names()).toEqual(["A", "C"]);
      await h.runner.run("C").end("SUCCEEDED");
      expect(h.run(id).Status).toBe("COMPLETED");
      expect(statistics(h, id)).toMatchObject({ TotalActions: 3, SucceededActions: 1, RunningActions: 0 });
    },
  );

  it("a failed job leaves what waits for its success out, and the run is COMPLETED all the same", async () => {
    then("t", ["B", "C"], h.when("A=SUCCEEDED"));
    const id = await startWorkflow(h, ["A"]);
    await h.runner.run("A").end("FAILED");
    expect(h.run(id).Status).toBe("COMPLETED");
    expect(statistics(h, id)).toMatchObject({ TotalActions: 3, FailedActions: 1, SucceededActions: 0 });
    expect(h.events).toEqual([
      {
        detailType: "Glue Job State Change",
        detail: expect.objectContaining({ jobName: "A", state: "FAILED", severity: "ERROR", message: "it broke" }),
      },
    ]);
  });

  it("a diamond starts its last job once", async () => {
    then("left", ["B"], h.when("A=SUCCEEDED"));
    then("right", ["C"], h.when("A=SUCCEEDED"));
    then("join", ["D"], h.when("B=SUCCEEDED C=SUCCEEDED"));
    h.runner.auto = () => "SUCCEEDED";
    const id = await startWorkflow(h, ["A"]);
    await settle();
    expect(h.runner.names().sort()).toEqual(["A", "B", "C", "D"]);
    expect(statistics(h, id)).toMatchObject({ TotalActions: 4, SucceededActions: 4 });
  });

  it("two triggers into one job run it twice, unless its limit says no: then the second is FAILED", async () => {
    then("one", ["C"], h.when("A=SUCCEEDED"));
    then("two", ["C"], h.when("B=SUCCEEDED"));
    const id = await startWorkflow(h, ["A", "B"]);
    await h.runner.run("A").end("SUCCEEDED");
    await h.runner.run("B").end("SUCCEEDED");
    expect(h.jobsOf(id)).toBe("A:SUCCEEDED B:SUCCEEDED C:RUNNING C:FAILED");
    expect(h.engine.workflows.runsOf(h.run(id))[3]?.ErrorMessage).toBe("Concurrent runs exceeded for C");
    await h.runner.run("C").end("SUCCEEDED");
    expect(h.run(id).Status).toBe("COMPLETED");
  });

  it("a trigger that nobody activated never fires", async () => {
    then("t", ["B"], { ...h.when("A=SUCCEEDED"), State: "CREATED" });
    then("u", ["C"], { ...h.when("A=SUCCEEDED"), State: "DEACTIVATED" });
    const id = await startWorkflow(h, ["A"]);
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.jobsOf(id)).toBe("A:SUCCEEDED");
    expect(h.run(id).Status).toBe("COMPLETED");
  });

  it("a run keeps the triggers it began with, but reads jobs live", async () => {
    then("t", ["B"], h.when("A=SUCCEEDED"));
    const id = await startWorkflow(h, ["A"]);
    then("t", ["C"], h.when("A=FAILED"));
    then("later", ["D"], h.when("A=SUCCEEDED"));
    h.job("B", { DefaultArguments: { "--v": "2" } });
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.runner.names()).toEqual(["A", "B"]);
    expect(h.runner.run("B").launch.arguments["--v"]).toBe("2");
    await h.runner.run("B").end("SUCCEEDED");
    expect(h.run(id).Status).toBe("COMPLETED");
  });

  it("retries come before the verdict: a second attempt that succeeds fires the success path only", async () => {
    h.job("A", { MaxRetries: 2 });
    then("ok", ["B"], h.when("A=SUCCEEDED"));
    then("bad", ["C"], h.when("A=FAILED"));
    const id = await startWorkflow(h, ["A"]);
    const first = h.runner.run("A").launch.jobRunId;
    await h.runner.run("A").end("FAILED");
    expect(h.runner.run("A").launch).toMatchObject({ jobRunId: `${first}_attempt_1`, attempt: 1 });
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.runner.names()).toEqual(["A", "A", "B"]);
    expect(statistics(h, id)).toMatchObject({
      TotalActions: 3,
      SucceededActions: 1,
      RunningActions: 1,
      FailedActions: 0,
    });
  });

  it("a deleted job is an action in ERROR", async () => {
    then("t", ["gone"], h.when("A=SUCCEEDED"));
    const id = await startWorkflow(h, ["A"]);
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.jobsOf(id)).toBe("A:SUCCEEDED gone:ERROR");
    expect(h.run(id).Status).toBe("COMPLETED");
    expect(statistics(h, id)).toMatchObject({ ErroredActions: 1 });
  });

  it("actions that fail at once do not end the run before the others began", async () => {
    h.job("B", { ExecutionProperty: { MaxConcurrentRuns: 1 } });
    h.engine.jobs.startByCall({ jobName: "B" });
    then("t", ["B", "C"], h.when("A=SUCCEEDED"));
    then("u", ["D"], h.when("B=FAILED"));
    const id = await startWorkflow(h, ["A"]);
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.jobsOf(id)).toBe("A:SUCCEEDED B:FAILED C:RUNNING D:RUNNING");
  });

  it("a trigger's arguments and the run's names reach the script", async () => {
    h.job("A", {
      DefaultArguments: { "--a": "default", "--b": "default", "--c": "default" },
      NonOverridableArguments: { "--c": "fixed" },
    });
    h.state.workflows.set("w", { Name: "w", CreatedOn: 0 });
    h.trigger("s", {
      WorkflowName: "w",
      Actions: [{ JobName: "A", Arguments: { "--b": "trigger", "--c": "trigger" } }],
    });
    const id = h.engine.workflows.start("w");
    await settle();
    const { launch } = h.runner.run("A");
    expect(launch.arguments).toEqual({
      "--a": "default",
      "--b": "trigger",
      "--c": "fixed",
      "--WORKFLOW_NAME": "w",
      "--WORKFLOW_RUN_ID": id,
      "--JOB_NAME": "A",
      "--JOB_RUN_ID": launch.jobRunId,
    });
  });
});

describe("limits, stop and resume", () => {
  it("MaxConcurrentRuns of a workflow refuses the next run", async () => {
    h.state.workflows.set("w", { Name: "w", CreatedOn: 0, MaxConcurrentRuns: 1 });
    const id = await startWorkflow(h, ["A"]);
    expect(() => h.engine.workflows.start("w")).toThrow("Concurrent runs exceeded for w");
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.run(id).Status).toBe("COMPLETED");
    expect(h.engine.workflows.start("w")).toMatch(/^wr_[0-9a-f]{64}$/);
  });

  it("a stopped run ends its jobs, starts nothing more, and is STOPPED when the last is", async () => {
    then("t", ["C"], h.when("A=STOPPED B=STOPPED", "ANY"));
    const id = await startWorkflow(h, ["A", "B"]);
    h.engine.workflows.stop("w", id);
    expect(h.run(id).Status).toBe("STOPPING");
    expect(() => h.engine.workflows.stop("w", id)).toThrow("invalid state");
    await settle();
    expect(h.run(id).Status).toBe("STOPPED");
    expect(h.jobsOf(id)).toBe("A:STOPPED B:STOPPED");
    expect(h.events.map((event) => event.detail["state"])).toEqual(["STOPPED", "STOPPED"]);
  });

  it("resume runs the named node and all after it again and copies the rest", async () => {
    then("t", ["C"], h.when("A=SUCCEEDED B=SUCCEEDED"));
    then("u", ["D"], h.when("C=SUCCEEDED"));
    const old = await startWorkflow(h, ["A", "B"]);
    expect(() => h.engine.workflows.resume("w", old, [nodeId("w", "JOB", "B")])).toThrow("invalid state");
    await h.runner.run("A").end("SUCCEEDED");
    await h.runner.run("B").end("FAILED");
    expect(() => h.engine.workflows.resume("w", old, [nodeId("w", "JOB", "C")])).toThrow("does not have a run attempt");
    const { RunId, NodeIds } = h.engine.workflows.resume("w", old, [nodeId("w", "JOB", "B")]);
    await settle();
    expect(NodeIds).toEqual([nodeId("w", "JOB", "B")]);
    expect(h.run(RunId)).toMatchObject({ PreviousRunId: old, Status: "RUNNING" });
    expect(h.jobsOf(RunId)).toBe("A:SUCCEEDED B:RUNNING");
    await h.runner.run("B").end("SUCCEEDED");
    await h.runner.run("C").end("SUCCEEDED");
    await h.runner.run("D").end("SUCCEEDED");
    expect(h.jobsOf(RunId)).toBe("A:SUCCEEDED B:SUCCEEDED C:SUCCEEDED D:SUCCEEDED");
    expect(h.run(RunId).Status).toBe("COMPLETED");
    expect(h.jobsOf(old)).toBe("A:SUCCEEDED B:FAILED");
  });

  it("of two nodes on one path only the first is restarted", async () => {
    then("t", ["B"], h.when("A=SUCCEEDED"));
    h.runner.auto = () => "SUCCEEDED";
    const old = await startWorkflow(h, ["A"]);
    await settle();
    const { NodeIds } = h.engine.workflows.resume("w", old, [nodeId("w", "JOB", "B"), nodeId("w", "JOB", "A")]);
    expect(NodeIds).toEqual([nodeId("w", "JOB", "A")]);
  });
});

describe("schedules and triggers outside workflows", () => {
  it("a SCHEDULED trigger fires at its minute, only while activated", async () => {
    h.trigger("nightly", { Type: "SCHEDULED", Schedule: "cron(30 1 * * ? *)", Actions: [{ JobName: "A" }] });
    h.runner.auto = () => "SUCCEEDED";
    await h.clock.advance(2 * 3600_000);
    expect(h.runner.names()).toEqual([]);
    h.trigger("nightly", {
      Type: "SCHEDULED",
      State: "ACTIVATED",
      Schedule: "cron(30 1 * * ? *)",
      Actions: [{ JobName: "A" }],
    });
    await h.clock.advance(24 * 3600_000);
    expect(h.runner.names()).toEqual(["A"]);
    await h.clock.advance(24 * 3600_000);
    expect(h.runner.names()).toEqual(["A", "A"]);
  });

  it("a schedule on a workflow that is full makes a run in ERROR", async () => {
    h.state.workflows.set("w", { Name: "w", CreatedOn: 0, MaxConcurrentRuns: 1 });
    h.trigger("s", {
      Type: "SCHEDULED",
      State: "ACTIVATED",
      Schedule: "cron(0 * * * ? *)",
      WorkflowName: "w",
      Actions: [{ JobName: "A" }],
    });
    h.job("A", { Timeout: 1000 });
    await h.clock.advance(2 * 3600_000);
    expect([...h.state.workflowRuns.values()].map((run) => [run.Status, run.ErrorMessage])).toEqual([
      ["RUNNING", undefined],
      ["ERROR", "Concurrent runs exceeded for workflow: w."],
    ]);
  });

  it("a standalone conditional trigger reacts to triggered jobs, not to jobs started by hand", async () => {
    h.trigger("go", { Actions: [{ JobName: "A" }] });
    h.trigger("after", { Actions: [{ JobName: "B" }], ...h.when("A=SUCCEEDED") });
    h.runner.auto = () => "SUCCEEDED";
    h.engine.jobs.startByCall({ jobName: "A" });
    await settle();
    expect(h.runner.names()).toEqual(["A"]);
    const go = h.state.triggers.get("go");
    if (go) h.engine.fireByHand(go);
    await settle();
    expect(h.runner.names()).toEqual(["A", "A", "B"]);
  });
});
