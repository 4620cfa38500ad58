import type { Terminal } from "./terminal.ts";
import { coloured } from "./visible.ts";

/** Says what goes on while a person waits: a spinner on a terminal, one line per change elsewhere. */
export interface Progress {
  say(text: string): void;
  /** How far it is: shown where a person watches, and worth no line elsewhere. */
  tick(text: string): void;
  /** Ends it; `text` is left as a line. */
  done(text?: string): void;
  fail(text?: string): void;
}

/** Starts a progress display. The spinner library is loaded only where a person watches. */
export async function progress(term: Terminal, first: string): Promise<Progress> {
  if (!term.live) return plain(term);
  const { default: ora } = await import("ora");
  const spinner = ora({
    text: coloured(first),
    stream: term.errorStream as NodeJS.WriteStream,
    discardStdin: false,
  }).start();
  const say = (text: string): void => {
    spinner.text = coloured(text);
  };
  return {
    say,
    tick: say,
    done: (text) => void (text ? spinner.succeed(coloured(text)) : spinner.stop()),
    fail: (text) => void (text ? spinner.fail(coloured(text)) : spinner.stop()),
  };
}

/** Into a pipe only what happened is worth a line, not that something began. */
function plain(term: Terminal): Progress {
  let last = "";
  const say = (text: string): void => {
    if (text !== last) term.note(text);
    last = text;
  };
  return { say, tick: () => {}, done: (text) => void (text && say(text)), fail: (text) => void (text && say(text)) };
}
