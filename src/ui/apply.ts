import { addressText, type ApplyEvent } from "../engine/types.ts";
import type { Terminal } from "./terminal.ts";

const PAST = { create: "created", update: "updated", replace: "replaced", delete: "deleted", keep: "kept" } as const;

const seconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);
const count = (number: number): string => number.toLocaleString("en");

/** More steps than these are told by their number as they are done: the plan has named each of them. */
const MANY = 200;
/** So often is the number told. */
const TIMES = 20;
/** So many of one sort are named all the same. */
const NAMED = 20;

type Of<T extends ApplyEvent["type"]> = Extract<ApplyEvent, { readonly type: T }>;

/** What people see of an apply: a line a result, and of a large one a line a twentieth. What fails is always named. */
class Lines {
  #steps = 0;
  #ended = 0;
  #kept = 0;
  readonly #named = new Map<string, number>();

  constructor(readonly term: Terminal) {}

  get #many(): boolean {
    return this.#steps > MANY;
  }

  show(event: ApplyEvent): void {
    if (event.type === "started") this.#steps = event.steps;
    else if (event.type === "step-waiting") this.#waiting(event);
    else if (event.type === "step-progress") this.#dim("…", `${addressText(event.address)}: ${event.text}`);
    else if (event.type === "step-done") this.#done(event);
    else if (event.type === "step-failed") this.#failed(event);
    else if (event.type === "step-skipped") this.#skipped(event);
    else if (event.type === "finished") this.#finished(event);
  }

  #dim(sign: string, text: string): void {
    this.term.line(this.term.paint.dim(`  ${sign.padEnd(8)} ${text}`));
  }

  /** False where so many of a sort have been named that one more says little. */
  #name(sort: string): boolean {
    const named = this.#named.get(sort) ?? 0;
    this.#named.set(sort, named + 1);
    return !this.#many || named < NAMED;
  }

  #waiting({ address, reason, spentMs, budgetMs }: Of<"step-waiting">): void {
    if (this.#name("waiting"))
      this.#dim("waiting", `${addressText(address)}: ${reason} (${seconds(spentMs)} of ${seconds(budgetMs)})`);
  }

  /** One more has come to its end. */
  #counted(): void {
    this.#ended += 1;
    const each = Math.ceil(this.#steps / TIMES);
    if (!this.#many || this.#ended % each !== 0) return;
    this.#dim("…", `${count(this.#ended)} of ${count(this.#steps)}`);
    // Who waits still is named again.
    this.#named.delete("waiting");
  }

  #done({ address, action, kept, ms }: Of<"step-done">): void {
    const { term } = this;
    if (kept) {
      this.#kept += 1;
      if (this.#name("kept")) term.line(`${term.paint.dim("= kept    ")} ${addressText(address)}: ${kept}`);
    } else if (!this.#many) {
      const done = term.paint.green(`✓ ${PAST[action].padEnd(8)}`);
      term.line(`${done} ${addressText(address)} ${term.paint.dim(seconds(ms))}`);
    }
    this.#counted();
  }

  #failed({ address, error }: Of<"step-failed">): void {
    const { term } = this;
    term.line(`${term.paint.red("✗ failed  ")} ${addressText(address)}: ${error.text} [${error.code}]`);
    if (error.fix) term.line(`      ${error.fix}`);
    this.#counted();
  }

  #skipped({ address, because }: Of<"step-skipped">): void {
    if (this.#name("skipped"))
      this.term.line(`${this.term.paint.yellow("- skipped ")} ${addressText(address)}: ${because}`);
    this.#counted();
  }

  #finished({ done, failed, skipped, calls, ms, error }: Of<"finished">): void {
    const { term } = this;
    const kept = this.#kept > 0 ? `${this.#kept} kept, ` : "";
    const told = error ? ` ${error.text} [${error.code}]` : "";
    term.line(
      `${done - this.#kept} done, ${kept}${failed} failed, ${skipped} skipped; ${calls} calls in ${seconds(ms)}.${told}`,
    );
    if (error?.fix) term.line(`      ${error.fix}`);
  }
}

/** Shows the events of an apply: JSON lines with `--json`, a line per result for people. */
export function applyView(term: Terminal): (event: ApplyEvent) => void {
  const lines = new Lines(term);
  return (event) => (term.json ? term.emit(event) : lines.show(event));
}
