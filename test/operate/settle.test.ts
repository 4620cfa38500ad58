import { beforeEach, expect, test } from "vitest";
import type { AwsContext } from "../../src/aws/context.ts";
import { settle } from "../../src/operate/care/settle.ts";
import { awsError, stubContext, VirtualClock, bound } from "./support.ts";

/** Files that wait, and runs that take them, on a virtual clock. */
let clock: VirtualClock;
let ctx: AwsContext;
let waiting: Map<string, string>;
let runs: { id: string; to: number; settled: boolean }[];
/** What the end of a run does to the files that wait. */
let ends: (() => boolean)[];

function advance(): void {
  for (const run of runs)
    if (!run.settled && run.to <= clock.now()) {
      run.settled = true;
      Object.assign(run, { ok: (ends.shift() ?? (() => true))() });
    }
}

const start = (): string => {
  runs.push({ id: `wr_${runs.length + 1}`, to: clock.now() + 20_000, settled: false });
  return `wr_${runs.length}`;
};
const view = (run: (typeof runs)[number] | undefined): object | undefined =>
  run && {
    WorkflowRunId: run.id,
    Status: run.settled ? "COMPLETED" : "RUNNING",
    Graph: {
      Nodes: [
        {
          Type: "JOB",
          Name: "b",
          JobDetails: {
            JobRuns: [
              {
                Id: "jr",
                JobRunState: !run.settled ? "RUNNING" : (run as { ok?: boolean }).ok ? "SUCCEEDED" : "FAILED",
              },
            ],
          },
        },
      ],
    },
  };

beforeEach(() => {
  clock = new VirtualClock();
  waiting = new Map();
  runs = [];
  ends = [];
  ctx = stubContext(
    {
      dynamodb: {
        query: () => {
          advance();
          return { Items: [...waiting].map(([id, status]) => ({ file_id: { S: id }, status: { S: status } })) };
        },
      },
      glue: {
        getWorkflow: () => {
          advance();
          return { Workflow: { LastRun: view(runs.at(-1)) } };
        },
        getWorkflowRun: ({ RunId }: { RunId: string }) => {
          advance();
          return { Run: view(runs.find((run) => run.id === RunId)) };
        },
        startWorkflowRun: () => {
          if (runs.some((run) => !run.settled)) throw awsError("ConcurrentRunsExceededException");
          return { RunId: start() };
        },
      },
      logs: {
        getLogEvents: () => {
          throw awsError("ResourceNotFoundException");
        },
      },
    },
    clock,
  );
});

async function all(): Promise<{ settled: boolean; verdicts: unknown[] }> {
  const waits = settle(
    bound(ctx, { ledger: { table: "l", hashKey: "file_id" }, run: { workflow: "w", jobs: { b: "b" } } }),
  );
  const verdicts: unknown[] = [];
  for (;;) {
    const step = await waits.next();
    if (step.done) return { settled: step.value, verdicts };
    if (step.value.type === "run" && step.value.verdict) verdicts.push(step.value.verdict);
  }
}

test("nothing waits: no run is started", async () => {
  expect(await all()).toEqual({ settled: true, verdicts: [] });
});

test("the run that is on is followed, and the one that takes the rest is started", async () => {
  waiting.set("a", "claimed").set("b", "received");
  start();
  ends = [() => waiting.delete("a"), () => waiting.delete("b")];
  expect(await all()).toEqual({ settled: true, verdicts: ["succeeded", "succeeded"] });
});

test("runs that fail and move nothing are not started for ever", async () => {
  waiting.set("a", "received");
  ends = Array.from({ length: 9 }, () => () => false);
  expect(await all()).toEqual({ settled: false, verdicts: ["failed", "failed"] });
});

test("a claim that nobody gives back is waited for, not for ever", async () => {
  waiting.set("a", "claimed");
  expect(await all()).toEqual({ settled: false, verdicts: [] });
  expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(120_000);
});
