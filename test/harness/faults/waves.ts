import type { Rule } from "./proxy.ts";

/** How long nobody must have sent another call, once all before are answered. */
const QUIET_MS = 200;

/**
 * Counts how many calls deep a command is: how often it has to wait for an answer before it can ask on. Calls come in waves: those
 * of one are let through together, when all of the one before are answered and nobody sends another one.
 */
export function inWaves(): { readonly rule: Rule; readonly count: number } {
  let held: (() => void)[] = [];
  let count = 0;
  let open = 0;
  let timer: NodeJS.Timeout | undefined;
  const release = (): void => {
    const all = held;
    held = [];
    count += 1;
    for (const go of all) go();
  };
  const wait = (): void => {
    clearTimeout(timer);
    if (open === 0 && held.length > 0) timer = setTimeout(release, QUIET_MS);
  };
  const rule: Rule = {
    name: "waves",
    around: async (_call, work) => {
      await new Promise<void>((resolve) => {
        held.push(resolve);
        wait();
      });
      open += 1;
      try {
        await work();
      } finally {
        open -= 1;
        wait();
      }
    },
  };
  return {
    rule,
    get count() {
      return count;
    },
  };
}
