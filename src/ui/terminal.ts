import type { Readable, Writable } from "node:stream";
import { colourMark, coloured, visibleJson } from "./visible.ts";

type Paint = (text: string) => string;

/**
 * Where a command talks to: the only way to the terminal. With `json`, stdout holds JSON alone and people's text goes to stderr.
 * Whatever it is given, it writes that many lines and no control character but its own colours: names and messages that
 * come from AWS are shown escaped.
 */
export interface Terminal {
  readonly json: boolean;
  /** A person is watching stderr: spinners and live views make sense. */
  readonly live: boolean;
  /** A person can answer a question. */
  readonly interactive: boolean;
  /** Columns; 80 into a pipe. */
  readonly width: number;
  readonly paint: Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", Paint>>;
  readonly input: Readable;
  readonly errorStream: Writable;
  /** A line of result: stdout for people, stderr when stdout belongs to JSON. A line end inside it is shown as `\\n`. */
  line(text?: string): void;
  /** Several lines of a format with rules of its own for what stands in a value (YAML, JSON, Mermaid): where `line` goes. */
  block(text: string): void;
  /** A line about what goes on: always stderr. */
  note(text: string): void;
  /** One JSON document or one JSON line: stdout, only with `--json`. */
  emit(value: unknown): void;
  /**
   * Waits until stdout has taken what was written: long output goes out as fast as it is read, and does not pile up here.
   * False when nobody reads any more (`| head`).
   */
  room(): Promise<boolean>;
}

interface Streams {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable & { isTTY?: boolean; columns?: number };
  readonly stderr: Writable & { isTTY?: boolean; columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Colour where a person looks, never with NO_COLOR (https://no-color.org); FORCE_COLOR wins over a pipe. */
function wantsColour(stream: { isTTY?: boolean }, env: Streams["env"]): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== "0") return true;
  return stream.isTTY === true && env.TERM !== "dumb";
}

function room(stream: Writable): Promise<boolean> {
  if (stream.destroyed || stream.errored) return Promise.resolve(false);
  if (!stream.writableNeedDrain) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ["drain", "close", "error"]) stream.off(event, done);
      resolve(!stream.destroyed && !stream.errored);
    };
    for (const event of ["drain", "close", "error"]) stream.once(event, done);
  });
}

export function terminal(streams: Streams, json: boolean): Terminal {
  const { stdin, stdout, stderr, env } = streams;
  const results = json ? stderr : stdout;
  const colour = wantsColour(results, env);
  const style =
    (open: number, close: number): Paint =>
    (text) =>
      colour ? `${colourMark(open)}${text}${colourMark(close)}` : text;
  // A reader that went away (`| head`) is no failure of ours.
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  return {
    json,
    live: stderr.isTTY === true && env.TERM !== "dumb" && !env.CI,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    width: results.columns ?? 80,
    paint: {
      bold: style(1, 22),
      dim: style(2, 22),
      red: style(31, 39),
      green: style(32, 39),
      yellow: style(33, 39),
      cyan: style(36, 39),
    },
    input: stdin,
    errorStream: stderr,
    line: (text = "") => void results.write(`${coloured(text)}\n`),
    block: (text) => void results.write(`${text.split("\n").map(coloured).join("\n")}\n`),
    note: (text) => void stderr.write(`${coloured(text)}\n`),
    emit: (value) => void (json && stdout.write(`${visibleJson(value)}\n`)),
    room: () => room(stdout),
  };
}
