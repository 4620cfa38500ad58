import type { WorkflowRun } from "@aws-sdk/client-glue";
import { describe, expect, test } from "vitest";
import { failedText, qualityOf } from "../../src/operate/quality/said.ts";
import { checksIn, publicChecks } from "../../src/operate/report/checks.ts";
import { becauseOf, jobsOf, jobsVerdict, verdictOf, worked } from "../../src/operate/runs/graph.ts";
import { listRuns, showRun } from "../../src/operate/runs/history.ts";
import { resumeWorkflow } from "../../src/operate/runs/resume.ts";
import { runWorkflow } from "../../src/operate/runs/follow.ts";
import { collect, stubContext } from "./support.ts";

const target = { workflow: "w", jobs: { gold: "job_gold" } };

const said = (error: number, warning: number): string =>
  JSON.stringify({
    error,
    warning,
    passed: 12,
    failed: [
      ...(error > 0 ? [["error", "ghosts", null, 3]] : []),
      ...(warning > 0 ? [["warning", "dates", "encounter", null]] : []),
    ],
  });

const run = (property: string | undefined, state = "SUCCEEDED", status = "COMPLETED"): WorkflowRun => ({
  WorkflowRunId: "wr_1",
  Status: status as "COMPLETED",
  WorkflowRunProperties: property === undefined ? {} : { metriccare_quality: property },
  Graph: {
    Nodes: [
      {
        Type: "JOB",
        Name: "job_gold",
        UniqueId: "n",
        JobDetails: { JobRuns: [{ Id: "jr_1", JobRunState: state as "SUCCEEDED", ExecutionTime: 7 }] },
      },
    ],
  },
});
const judged = (one: WorkflowRun): [string, string | null] => {
  const views = jobsOf(one, target.jobs, 0);
  return [verdictOf(one, views), becauseOf(one, views)];
};

describe("the verdict of a run", () => {
  test.each([
    [undefined, "SUCCEEDED", ["succeeded", null]],
    [said(0, 2), "SUCCEEDED", ["succeeded", null]],
    [said(1, 0), "SUCCEEDED", ["failed", "quality"]],
    // What the jobs did comes first.
    [said(1, 0), "FAILED", ["failed", null]],
    ["no JSON", "SUCCEEDED", ["succeeded", null]],
    ['{"error": "many"}', "SUCCEEDED", ["succeeded", null]],
  ])("%s, %s", (property, state, expected) => expect(judged(run(property, state))).toEqual(expected));

  test("whoever only waits for the work looks at the jobs", () => {
    const one = run(said(1, 0));
    expect(jobsVerdict(one, jobsOf(one, target.jobs, 0))).toBe("succeeded");
    expect(worked({ verdict: "failed", because: "quality" })).toBe(true);
    expect(worked({ verdict: "failed" })).toBe(false);
  });

  test("a stopped run was stopped", () => expect(judged(run(said(1, 0), "SUCCEEDED", "STOPPED"))[0]).toBe("stopped"));

  const followed = (property: string | undefined) =>
    collect(
      runWorkflow(
        stubContext({
          glue: { startWorkflowRun: () => ({ RunId: "wr_1" }), getWorkflowRun: () => ({ Run: run(property) }) },
        }),
        target,
      ),
    );

  test("run-workflow says because of what, and how it goes on", async () => {
    expect((await followed(said(1, 1))).at(-1)).toMatchObject({
      type: "finished",
      verdict: "failed",
      because: "quality",
      jobs: [{ state: "SUCCEEDED" }],
      quality: { errors: 1, warnings: 1 },
      error: {
        code: "quality_failed",
        text: "Quality checks failed: 1 of level error (ghosts 3) and 1 of level warning (dates/encounter)",
        fix: "metriccare quality --env test",
      },
    });
  });

  test("warnings are told, and fail nothing", async () => {
    const end = (await followed(said(0, 1))).at(-1);
    expect(end).toMatchObject({ verdict: "succeeded", quality: { warnings: 1 } });
    expect(end).not.toHaveProperty("error");
    expect(end).not.toHaveProperty("because");
    expect((await followed(said(0, 0))).at(-1)).not.toHaveProperty("quality");
  });

  test("runs list and runs show know it", async () => {
    const ctx = stubContext({
      glue: { getWorkflowRuns: () => ({ Runs: [run(said(1, 0))] }), getWorkflowRun: () => ({ Run: run(said(1, 0)) }) },
    });
    expect(await listRuns(ctx, target)).toMatchObject([{ verdict: "failed", because: "quality", failed: [] }]);
    expect(await showRun(ctx, target, { runId: "wr_1" })).toMatchObject({
      verdict: "failed",
      because: "quality",
      quality: { errors: 1, passed: 12, failed: [{ check: "ghosts", dataset: null, level: "error", count: 3 }] },
    });
  });

  test("there is nothing to resume, and the verdict stays", async () => {
    const ctx = stubContext({
      glue: {
        getWorkflow: () => ({ Workflow: { LastRun: { WorkflowRunId: "wr_1", Status: "COMPLETED" } } }),
        getWorkflowRun: () => ({ Run: run(said(1, 0)) }),
      },
    });
    expect(await collect(resumeWorkflow(ctx, target))).toMatchObject([
      { type: "nothing_to_resume" },
      { type: "finished", verdict: "failed", because: "quality", error: { code: "quality_failed" } },
    ]);
  });
});

test("of very many failed checks some are named, and the rest counted", () => {
  const failed = Array.from({ length: 9 }, (_, i) => ["warning", `own${i}`, null, i]);
  const found = qualityOf({
    WorkflowRunProperties: { metriccare_quality: JSON.stringify({ error: 0, warning: 60, passed: 0, failed }) },
  });
  expect(found && failedText(found)).toBe("60 of level warning (own0 0, own1 1, own2 2, own3 3, own4 4, 55 more)");
});

describe("the report", () => {
  const row = { run_id: "wr_1", checked_at: "", total: 300, dataset: "encounter", level: "error" } as const;
  const shown = checksIn({
    value: [
      { ...row, check: "dates", status: "failed", count: 3, text: "3 of 300" },
      { ...row, check: "volume", status: "skipped", count: 3, text: "too early" },
      { ...row, check: "ghosts", dataset: null, status: "passed", count: 0, text: "no row fails" },
    ],
  });

  test("says each check in words", () =>
    expect(shown).toEqual([
      { check: "dates are plausible: encounter", level: "error", text: "3 of 300" },
      { check: "ghosts", level: "ok", text: "no row fails" },
    ]));

  test("publishes no count", () => expect(JSON.stringify(publicChecks(shown))).not.toMatch(/\d/));

  test("has nothing where nothing could be read", () => expect(checksIn({ missing: "no" })).toEqual([]));
});
