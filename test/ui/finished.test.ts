import { PassThrough, Writable } from "node:stream";
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

  it("of a large apply, whose steps are counted: what fails is named, of the rest the first ones", () => {
    const address = (at: number) => ({ kind: "glue.job", id: `j${at}`, name: `j${at}` });
    let text = "";
    const stdout = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString("utf8");
        done();
      },
    });
    const term = terminal({ stdin: process.stdin, stdout, stderr: new PassThrough(), env: {} }, false);
    const show = applyView(term);
    show({ type: "started", steps: 20_000 });
    for (let at = 0; at < 20_000; at++) {
      const one = { address: address(at), action: "create" as const };
      if (at % 4 === 0) show({ type: "step-waiting", ...one, reason: "busy", spentMs: 0, budgetMs: 1000 });
      if (at >= 19_000) show({ type: "step-skipped", ...one, because: "it failed" });
      else if (at === 500) show({ type: "step-failed", ...one, error });
      else show({ type: "step-done", ...one, ms: 10 });
    }
    show({ type: "finished", done: 18_999, failed: 1, skipped: 1000, calls: 20_000, ms: 100, error });
    const lines = text.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("  …        "))).toHaveLength(20);
    expect(lines).toContain("  …        12,000 of 20,000");
    expect(lines.filter((line) => line.startsWith("✗ failed"))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("- skipped"))).toHaveLength(20);
    expect(lines.length).toBeLessThan(500);
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
