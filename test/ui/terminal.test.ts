import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { terminal } from "../../src/ui/terminal.ts";

/** A reader that takes a chunk only when it is told to. */
class Slow extends Writable {
  readonly waiting: (() => void)[] = [];
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.waiting.push(done);
  }
  async take(): Promise<void> {
    this.waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const over = (stdout: Writable): ReturnType<typeof terminal> =>
  terminal({ stdin: process.stdin, stdout, stderr: new Slow(), env: {} }, true);

describe("long output", () => {
  it("waits for a slow reader instead of piling up", async () => {
    const stdout = new Slow({ highWaterMark: 1000 });
    const term = over(stdout);
    const seen = { written: 0, largest: 0 };
    const writing = (async () => {
      for (; seen.written < 200; seen.written++) {
        term.emit({ text: "x".repeat(100) });
        seen.largest = Math.max(seen.largest, stdout.writableLength);
        await term.room();
      }
    })();
    await stdout.take();
    expect(seen.written).toBeLessThan(20);
    while (seen.written < 200) await stdout.take();
    await writing;
    expect(seen.largest).toBeLessThan(1200);
  });

  it("says when nobody reads any more, also while it waits", async () => {
    const stdout = new Slow({ highWaterMark: 10 });
    const term = over(stdout);
    expect(await term.room()).toBe(true);
    term.emit({ text: "more than ten bytes" });
    const waiting = term.room();
    stdout.destroy(new Error("EPIPE"));
    expect(await waiting).toBe(false);
    expect(await term.room()).toBe(false);
  });
});
