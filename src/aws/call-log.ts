/** Counts HTTP requests, retries included: what `calls` in every JSON output means. */
export class CallLog {
  readonly entries: { readonly service: string; readonly operation: string }[] = [];

  /** Told of each as it is sent. */
  watch: ((total: number) => void) | undefined;

  #waiting: (() => void)[] = [];

  get total(): number {
    return this.entries.length;
  }

  /** Resolves when the next one is about to leave. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  add(service: string, operation: string): void {
    this.entries.push({ service, operation });
    this.watch?.(this.total);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }
}
