import { createInterface } from "node:readline/promises";
import type { Terminal } from "./terminal.ts";
import { coloured } from "./visible.ts";

/** Asks a person; `expected` must be typed in full. Ctrl-C and end of input count as no. */
export async function confirm(
  term: Terminal,
  question: string,
  expected: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const reader = createInterface({ input: term.input, output: term.errorStream });
  try {
    const answer = await Promise.race([
      reader.question(`${coloured(question)} `, signal ? { signal } : {}),
      new Promise<string>((resolve) => reader.once("close", () => resolve(""))),
    ]);
    return answer.trim() === expected;
  } catch {
    return false;
  } finally {
    reader.close();
  }
}
