import { failedText, type RunQuality } from "../operate/quality/said.ts";
import type { ResumeEvent } from "../operate/runs/resume.ts";
import type { JobFailure, RunEvent, RunFinished } from "../operate/runs/events.ts";
import type { Terminal } from "./terminal.ts";

export const clockTime = (seconds: number): string =>
  seconds >= 3600
    ? `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
    : seconds >= 60
      ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
      : `${Math.round(seconds)} s`;

/** Colour by what a state means; the word itself always stands there. */
export function stateText(term: Terminal, state: string, width = 0): string {
  const { paint } = term;
  const padded = state.padEnd(width);
  if (/^(SUCCEEDED|processed|succeeded)$/.test(state)) return paint.green(padded);
  if (/^(FAILED|ERROR|TIMEOUT|STOPPED|EXPIRED|failed|timeout|stopped)$/.test(state)) return paint.red(padded);
  if (/^(NOT_RUN|WAITING)$/.test(state)) return paint.dim(padded);
  return paint.cyan(padded);
}

export function failureLines(term: Terminal, failure: JobFailure): string[] {
  const lines = [`${term.paint.red("✗")} ${failure.key} (${failure.name}) ${failure.state}: ${failure.cause}`];
  if (failure.log.length > 0) {
    lines.push("    last lines of its log:", ...failure.log.map((line) => `    | ${line.text}`));
  }
  if (failure.hidden)
    lines.push(
      `    ${failure.hidden} of its last lines ${failure.hidden === 1 ? "is" : "are"} not shown: \`${failure.next} --raw\` shows all, input data too.`,
    );
  if (failure.hint) lines.push(`    ${failure.hint.means}`, `    ${failure.hint.fix}`);
  lines.push(`    more: ${failure.next}`);
  return lines;
}

function finishedLines(term: Terminal, event: RunFinished): string[] {
  const ran = event.jobs.filter((job) => job.state === "SUCCEEDED").length;
  const head = `Run ${event.runId}: ${stateText(term, event.verdict)}, ${ran} of ${event.jobs.length} jobs succeeded, ${clockTime(event.ms / 1000)}, ${event.calls} calls.`;
  const bad = event.jobs
    .filter((job) => job.state !== "SUCCEEDED")
    .map((job) => `  ${stateText(term, job.state, 9)} ${job.key}`);
  return [
    head,
    ...bad,
    ...(event.failedFiles
      ? [
          `${event.failedFiles} ${event.failedFiles === 1 ? "file" : "files"} failed in it: metriccare ledger list --status failed --run ${event.runId}`,
        ]
      : []),
    ...(event.quality && !event.error ? [qualityLine(event.quality)] : []),
    ...(event.error
      ? [`${event.error.text} [${event.error.code}]`, ...(event.error.fix ? [`      ${event.error.fix}`] : [])]
      : []),
  ];
}

/** Quality checks that failed, where the run did not fail because of them. */
export const qualityLine = (quality: RunQuality): string =>
  `Quality checks failed: ${failedText(quality)}. More: metriccare quality`;

/** Shows a run as it goes on: JSON lines with `--json`, a line per change for people. */
export function runView(term: Terminal): (event: RunEvent | ResumeEvent) => void {
  const { paint } = term;
  return (event) => {
    if (term.json) {
      term.emit(event);
      return;
    }
    switch (event.type) {
      case "started":
      case "attached":
        term.line(
          `${event.type === "started" ? "Started" : "Following"} run ${event.runId} of ${event.workflow}${event.because ? `: ${event.because}` : ""}.`,
        );
        break;
      case "resume":
        term.line(
          `Resuming ${event.runId}: ${event.restart.join(", ")} again${event.behind.length > 0 ? `, then ${event.behind.join(", ")}` : ""}.`,
        );
        break;
      case "nothing_to_resume":
        term.line(`The jobs of run ${event.runId} succeeded: there is nothing to resume.`);
        break;
      case "job":
        term.line(
          `  ${stateText(term, event.state, 9)} ${event.key}${event.attempt > 0 ? ` (attempt ${event.attempt + 1})` : ""}${event.seconds > 0 ? paint.dim(` ${clockTime(event.seconds)}`) : ""}${event.error ? `: ${event.error}` : ""}`,
        );
        break;
      case "reconnecting":
        term.note(paint.yellow(`  ${event.text}`));
        break;
      case "failure":
        for (const line of failureLines(term, event)) term.line(line);
        break;
      case "stopping":
        term.note(`Stopping run ${event.runId}.`);
        break;
      case "detached":
        term.note(
          event.runId === ""
            ? `Let go: no run is on yet. Go on with: ${event.next}`
            : `Let go of run ${event.runId}; it goes on. Follow it with: ${event.next}`,
        );
        break;
      case "finished":
        for (const line of finishedLines(term, event)) term.line(line);
        break;
    }
  };
}
