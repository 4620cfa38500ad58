import type { Clock } from "../../../clock/index.ts";
import type { LogLine } from "../types.ts";

/** CloudWatch Logs takes 256 KB an event and 1 MB a call. */
const LONGEST_LINE = 200_000;
const LARGEST_BATCH = 500_000;
const MOST_LINES = 2_000;
/** A script that prints without end must not fill the front's memory. */
const MOST_WAITING = 50_000;
const FLUSH_MS = 500;

/** Collects what one script prints and sends it in batches: in order per stream, all of it before `end` resolves. */
export class LogSink {
  readonly #waiting: Record<"output" | "error", LogLine[]> = { output: [], error: [] };
  readonly #clock: Clock;
  readonly #send: (stream: "output" | "error", lines: LogLine[]) => Promise<void>;
  readonly #ended = new AbortController();
  #flushing: Promise<void> = Promise.resolve();
  #scheduled = false;
  #dropped = 0;

  constructor(clock: Clock, send: (stream: "output" | "error", lines: LogLine[]) => Promise<void>) {
    this.#clock = clock;
    this.#send = send;
  }

  line(stream: "output" | "error", text: string): void {
    const lines = this.#waiting[stream];
    if (lines.length >= MOST_WAITING) {
      this.#dropped += 1;
      return;
    }
    // CloudWatch Logs refuses empty messages.
    const message = text === "" ? " " : text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
    lines.push({ timestamp: this.#clock.now(), message });
    if (lines.length >= MOST_LINES) void this.#flush();
    else this.#schedule();
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#flush();
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended.signal.aborted) return;
    this.#scheduled = true;
    this.#clock.sleep(FLUSH_MS, this.#ended.signal).then(
      () => {
        this.#scheduled = false;
        return this.#flush();
      },
      () => undefined, // ended: `end` flushes
    );
  }

  #flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#sendAll());
    return this.#flushing;
  }

  async #sendAll(): Promise<void> {
    for (const stream of ["output", "error"] as const) {
      const lines = this.#waiting[stream].splice(0);
      if (this.#dropped > 0 && stream === "output") {
        const message = `… ${this.#dropped} lines were dropped: the script prints faster than logs take them`;
        lines.push({ timestamp: this.#clock.now(), message });
        this.#dropped = 0;
      }
      for (const batch of batches(lines)) await this.#send(stream, batch);
    }
  }
}

function* batches(lines: LogLine[]): Generator<LogLine[]> {
  let batch: LogLine[] = [];
  let size = 0;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line.message) + 26;
    if (batch.length > 0 && (size + bytes > LARGEST_BATCH || batch.length >= MOST_LINES)) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(line);
    size += bytes;
  }
  if (batch.length > 0) yield batch;
}
