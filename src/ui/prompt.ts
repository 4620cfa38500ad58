import { createInterface } from "node:readline/promises";
import type { Terminal } from "./terminal.ts";
import { coloured } from "./visible.ts";

/** Asks a person for a line; undefined after Ctrl-C and at the end of input. */
export async function ask(term: Terminal, question: string, signal?: AbortSignal): Promise<string | undefined> {
  const reader = createInterface({ input: term.input, output: term.errorStream });
  try {
    return await Promise.race([
      reader.question(`${coloured(question)} `, signal ? { signal } : {}),
      new Promise<undefined>((resolve) => reader.once("close", () => resolve(undefined))),
    ]);
  } catch {
    // Given up.
    return undefined;
  } finally {
    reader.close();
  }
}

/** Asks a person; `expected` must be typed in full. Ctrl-C and end of input count as no. */
export async function confirm(
  term: Terminal,
  question: string,
  expected: string,
  signal?: AbortSignal,
): Promise<boolean> {
  return (await ask(term, question, signal))?.trim() === expected;
}
