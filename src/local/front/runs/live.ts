import type { JobOutcome, JobProcess } from "../types.ts";

/** A run that is under way in this process. */
export class Live {
  readonly timer = new AbortController();
  #process: JobProcess | undefined;
  #stopping: "STOPPED" | "TIMEOUT" | undefined;
  #settled: Promise<void> = Promise.resolve();

  /** Somebody wants it to end. */
  get stopping(): "STOPPED" | "TIMEOUT" | undefined {
    return this.#stopping;
  }

  get settled(): Promise<void> {
    return this.#settled;
  }

  /** Notes the first wish that it should end; false when there was one before. */
  wish(reason: "STOPPED" | "TIMEOUT"): boolean {
    if (this.#stopping) return false;
    this.#stopping = reason;
    return true;
  }

  until(settled: Promise<void>): void {
    this.#settled = settled;
  }

  runs(process: JobProcess): void {
    this.#process = process;
  }

  /** How its script ends. */
  get done(): Promise<JobOutcome> {
    return this.#process?.done ?? Promise.resolve({ state: "STOPPED" });
  }

  async end(reason: "STOPPED" | "TIMEOUT"): Promise<void> {
    await this.#process?.stop(reason);
  }
}
