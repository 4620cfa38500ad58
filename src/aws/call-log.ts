/** Counts HTTP requests, retries included: what `calls` in every JSON output means. */
export class CallLog {
  readonly entries: { readonly service: string; readonly operation: string }[] = [];

  /** Told of each as it is sent. */
  watch: ((total: number) => void) | undefined;

  get total(): number {
    return this.entries.length;
  }

  add(service: string, operation: string): void {
    this.entries.push({ service, operation });
    this.watch?.(this.total);
  }
}
