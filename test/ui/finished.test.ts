import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { applyView } from "../../src/ui/apply.ts";
import { runView } from "../../src/ui/run.ts";
import { terminal, type Terminal } from "../../src/ui/terminal.ts";

/** What people see of these events. */
function shown(show: (term: Terminal) => void): string {
  const stdout = new PassThrough();
  show(terminal({ stdin: process.stdin, stdout, stderr: new PassThrough(), env: {} }, false));
  return String(stdout.read());
}

const error = {
  code: "credentials_expired" as const,
  text: "the AWS credentials have expired",
  fix: "Renew the session.",
};

// What no step failed of (a read between the plan and the first step) is told in the last line only.
describe("the last line names the error's code, as every other failure does", () => {
  it("of an apply", () => {
    const text = shown((term) =>
      applyView(term)({ type: "finished", done: 0, failed: 0, skipped: 0, calls: 3, ms: 100, error }),
    );
    expect(text).toBe(
      "0 done, 0 failed, 0 skipped; 3 calls in 0.1 s. the AWS credentials have expired [credentials_expired]\n      Renew the session.\n",
    );
  });

  it("and what stays as it is counts as kept, not as done", () => {
    const text = shown((term) => {
      const show = applyView(term);
      for (const id of ["raw", "gold"])
        show({
          type: "step-done",
          address: { kind: "s3.bucket", id, name: id },
          action: "keep",
          ms: 0,
          kept: "has data",
        });
      show({ type: "finished", done: 2, failed: 0, skipped: 0, calls: 3, ms: 100 });
    });
    expect(text.trimEnd().split("\n").at(-1)).toBe("0 done, 2 kept, 0 failed, 0 skipped; 3 calls in 0.1 s.");
  });

  it("of a run", () => {
    const text = shown((term) =>
      runView(term)({ type: "finished", verdict: "failed", runId: "wr_1", jobs: [], calls: 1, ms: 100, error }),
    );
    expect(text).toContain("the AWS credentials have expired [credentials_expired]\n      Renew the session.\n");
  });
});

describe("a run that a command lets go of", () => {
  const notes = (runId: string): string => {
    const stderr = new PassThrough();
    const term = terminal({ stdin: process.stdin, stdout: new PassThrough(), stderr, env: {} }, false);
    runView(term)({ type: "detached", runId, next: "metriccare run-workflow --attach --env dev" });
    return String(stderr.read());
  };

  it("goes on, and the command that follows it is told", () => {
    expect(notes("wr_1")).toBe(
      "Let go of run wr_1; it goes on. Follow it with: metriccare run-workflow --attach --env dev\n",
    );
    expect(notes("")).toBe("Let go: no run is on yet. Go on with: metriccare run-workflow --attach --env dev\n");
  });
});
