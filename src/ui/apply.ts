import { addressText, type ApplyEvent } from "../engine/types.ts";
import type { Terminal } from "./terminal.ts";

const PAST = { create: "created", update: "updated", replace: "replaced", delete: "deleted", keep: "kept" } as const;

const seconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

/** Shows the events of an apply: JSON lines with `--json`, a line per result for people. */
export function applyView(term: Terminal): (event: ApplyEvent) => void {
  const { paint } = term;
  let kept = 0;
  return (event) => {
    if (term.json) {
      term.emit(event);
      return;
    }
    switch (event.type) {
      case "step-waiting":
        term.line(
          paint.dim(
            `  waiting  ${addressText(event.address)}: ${event.reason} (${seconds(event.spentMs)} of ${seconds(event.budgetMs)})`,
          ),
        );
        break;
      case "step-progress":
        term.line(paint.dim(`  …        ${addressText(event.address)}: ${event.text}`));
        break;
      case "step-done":
        if (event.kept) kept += 1;
        term.line(
          event.kept
            ? `${paint.dim("= kept    ")} ${addressText(event.address)}: ${event.kept}`
            : `${paint.green(`✓ ${PAST[event.action].padEnd(8)}`)} ${addressText(event.address)} ${paint.dim(seconds(event.ms))}`,
        );
        break;
      case "step-failed":
        term.line(
          `${paint.red("✗ failed  ")} ${addressText(event.address)}: ${event.error.text} [${event.error.code}]`,
        );
        if (event.error.fix) term.line(`      ${event.error.fix}`);
        break;
      case "step-skipped":
        term.line(`${paint.yellow("- skipped ")} ${addressText(event.address)}: ${event.because}`);
        break;
      case "finished":
        term.line(
          `${event.done - kept} done, ${kept > 0 ? `${kept} kept, ` : ""}${event.failed} failed, ${event.skipped} skipped; ${event.calls} calls in ${seconds(event.ms)}.${event.error ? ` ${event.error.text} [${event.error.code}]` : ""}`,
        );
        if (event.error?.fix) term.line(`      ${event.error.fix}`);
        break;
      default:
        break;
    }
  };
}
