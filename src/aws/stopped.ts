/** The user pressed Ctrl-C while something was being read. */
export class Stopped extends Error {
  readonly code = "interrupted";
  constructor() {
    super("interrupted");
    this.name = "Stopped";
  }
}

/** The answer, or `Stopped` as soon as the signal comes: nobody waits for an answer that may never come. */
export function unlessStopped<T>(answer: Promise<T>, stop: AbortSignal | undefined): Promise<T> {
  if (!stop) return answer;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(new Stopped());
    if (stop.aborted) abort();
    stop.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => stop.removeEventListener("abort", abort));
  });
}
