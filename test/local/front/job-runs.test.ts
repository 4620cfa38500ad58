import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineHarness, startWorkflow, type EngineHarness } from "./engine-harness.ts";
import { settle } from "./harness.ts";

let h: EngineHarness;
beforeEach(() => {
  h = engineHarness();
});
afterEach(() => h.close());

const states = (): string[] => [...h.state.jobRuns.values()].map((run) => run.JobRunState);

describe("job runs", () => {
  it("go STARTING, RUNNING, SUCCEEDED, and count their seconds", async () => {
    h.job("A");
    const { Id } = h.engine.jobs.startByCall({ jobName: "A" });
    expect(Id).toMatch(/^jr_[0-9a-f]{64}$/);
    expect(states()).toEqual(["STARTING"]);
    await settle();
    expect(states()).toEqual(["RUNNING"]);
    await h.clock.advance(12_300);
    await h.runner.run("A").end("SUCCEEDED");
    expect(h.state.jobRuns.get(Id)).toMatchObject({ JobRunState: "SUCCEEDED", ExecutionTime: 12, Attempt: 0 });
    await h.engine.idle();
    expect(h.events).toEqual([
      {
        detailType: "Glue Job State Change",
        detail: { jobName: "A", severity: "INFO", state: "SUCCEEDED", jobRunId: Id, message: "Job run succeeded" },
      },
    ]);
  });

  it("print to the groups of their type", async () => {
    h.job("A");
    h.job("shell", { Command: { Name: "pythonshell", ScriptLocation: "s3://b/a.py" } });
    const groups = ["A", "shell"].map((jobName) => h.engine.jobs.startByCall({ jobName }).LogGroupName);
    expect(groups).toEqual(["/aws-glue/jobs", "/aws-glue/python-jobs"]);
  });

  it("refuse a run too many, or queue it when the job says so", async () => {
    h.job("A", { ExecutionProperty: { MaxConcurrentRuns: 2 } });
    h.engine.jobs.startByCall({ jobName: "A" });
    h.engine.jobs.startByCall({ jobName: "A" });
    expect(() => h.engine.jobs.startByCall({ jobName: "A" })).toThrow("Concurrent runs exceeded for A");
    const { Id } = h.engine.jobs.startByCall({ jobName: "A", overrides: { JobRunQueuingEnabled: true } });
    await settle();
    expect(states()).toEqual(["RUNNING", "RUNNING", "WAITING"]);
    await h.runner.started[0]?.end("SUCCEEDED");
    expect(states()).toEqual(["SUCCEEDED", "RUNNING", "RUNNING"]);
    expect(h.runner.run("A").launch.jobRunId).toBe(Id);
  });

  it("a queued run in a workflow holds the run open and takes its turn", async () => {
    h.job("A", { JobRunQueuingEnabled: true });
    h.engine.jobs.startByCall({ jobName: "A" });
    const id = await startWorkflow(h, ["A"]);
    expect(h.jobsOf(id)).toBe("A:WAITING");
    expect(h.run(id).Status).toBe("RUNNING");
    await h.runner.started[0]?.end("FAILED");
    expect(h.jobsOf(id)).toBe("A:RUNNING");
  });

  it("run out of time as TIMEOUT, once the runner says that all is ended", async () => {
    h.job("A", { Timeout: 5 });
    h.engine.jobs.startByCall({ jobName: "A" });
    h.engine.jobs.startByCall({ jobName: "A", overrides: { JobRunQueuingEnabled: true, Timeout: 1 } });
    await h.clock.advance(5 * 60_000 - 1);
    expect(states()[0]).toBe("RUNNING");
    await h.clock.advance(1);
    expect(states()).toEqual(["TIMEOUT", "RUNNING"]);
    expect(h.runner.started[0]?.stopped).toEqual(["TIMEOUT"]);
    await h.clock.advance(60_000);
    expect(states()).toEqual(["TIMEOUT", "TIMEOUT"]);
    expect(h.events.map((event) => event.detail["severity"])).toEqual(["WARN", "WARN"]);
  });

  it("retry failures and timeouts up to MaxRetries, never a stop", async () => {
    h.job("A", { MaxRetries: 1, Timeout: 1 });
    const { Id } = h.engine.jobs.startByCall({ jobName: "A" });
    await h.clock.advance(60_000);
    expect(states()).toEqual(["TIMEOUT", "RUNNING"]);
    expect(h.state.jobRuns.get(`${Id}_attempt_1`)).toMatchObject({
      Attempt: 1,
      PreviousRunId: Id,
      JobRunState: "RUNNING",
    });
    await h.runner.run("A").end("FAILED");
    expect(states()).toEqual(["TIMEOUT", "FAILED"]);
    const second = h.engine.jobs.startByCall({ jobName: "A" });
    await settle();
    h.engine.jobs.stop(second.Id);
    await settle();
    expect(states()).toEqual(["TIMEOUT", "FAILED", "STOPPED"]);
  });

  it("stop: STOPPING until ended, a queued one at once, an ended one never", async () => {
    h.job("A", { JobRunQueuingEnabled: true });
    const first = h.engine.jobs.startByCall({ jobName: "A" });
    const second = h.engine.jobs.startByCall({ jobName: "A" });
    await settle();
    expect(h.engine.jobs.stop(second.Id)).toBe(true);
    expect(states()).toEqual(["RUNNING", "STOPPED"]);
    expect(h.engine.jobs.stop(first.Id)).toBe(true);
    expect(states()).toEqual(["STOPPING", "STOPPED"]);
    await settle();
    expect(states()).toEqual(["STOPPED", "STOPPED"]);
    expect(h.engine.jobs.stop(first.Id)).toBe(false);
  });

  it("send all lines before the end shows, into the groups of Glue 5.0", async () => {
    h.job("A");
    h.job("B", { DefaultArguments: { "--custom-logGroup-prefix": "/own" } });
    const { Id } = h.engine.jobs.startByCall({ jobName: "A" });
    h.engine.jobs.startByCall({ jobName: "B" });
    await settle();
    for (let i = 0; i < 4_500; i += 1) h.runner.run("A").launch.onLine("output", i === 0 ? "" : `line ${i}`);
    h.runner.run("A").launch.onLine("error", "e");
    h.runner.run("B").launch.onLine("output", "own");
    await h.runner.run("A").end("SUCCEEDED");
    const out = h.logs.filter((log) => log.group === "/aws-glue/jobs/output");
    expect(out.every((log) => log.stream === Id)).toBe(true);
    const lines = out.flatMap((log) => log.messages);
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([4_500, " ", "line 4499"]);
    expect(h.logs.filter((log) => log.group === "/aws-glue/jobs/error").flatMap((log) => log.messages)).toEqual(["e"]);
    await h.clock.advance(500);
    expect(h.logs.at(-1)).toMatchObject({ group: "/own/output", messages: ["own"] });
  });

  it("are FAILED at the next start when the front died, and so is nothing after them", async () => {
    h.job("A");
    h.job("B");
    h.trigger("t", { WorkflowName: "w", Actions: [{ JobName: "B" }], ...h.when("A=FAILED") });
    const id = await startWorkflow(h, ["A"]);
    await h.state.store.synced();
    const next = engineHarness(h.dir); // what a KILL leaves is what is on the disk now
    await settle();
    expect(next.jobsOf(id)).toBe("A:FAILED");
    expect(next.run(id).Status).toBe("COMPLETED");
    expect(next.engine.workflows.runsOf(next.run(id))[0]?.ErrorMessage).toContain("ended while the job was running");
    expect(next.events.map((event) => event.detail["state"])).toEqual(["FAILED"]);
    expect(next.runner.names()).toEqual([]);
    await next.engine.close();
  });

  it("events wait for an emulator that is not there yet", async () => {
    h.job("A");
    let down = true;
    const sent: string[] = [];
    const emit = h.events.push.bind(h.events);
    h.events.push = (...args) => {
      if (down) throw new Error("connection refused");
      sent.push(String(args[0]?.detail["state"]));
      return emit(...args);
    };
    h.runner.auto = () => "SUCCEEDED";
    h.engine.jobs.startByCall({ jobName: "A" });
    await settle();
    expect(sent).toEqual([]);
    down = false;
    await h.clock.advance(5_000);
    expect(sent).toEqual(["SUCCEEDED"]);
  });
});
