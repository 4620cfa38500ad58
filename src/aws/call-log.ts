/** Counts HTTP requests, retries included: what `calls` in every JSON output means. */
export class CallLog {
  readonly entries: { readonly service: string; readonly operation: string }[] = [];

  get total(): number {
    return this.entries.length;
  }

  add(service: string, operation: string): void {
    this.entries.push({ service, operation });
  }
}
