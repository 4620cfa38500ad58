import type { Clock } from "../clock/index.ts";
import type { Faults } from "./faults.ts";

const NOBODY: ReadonlySet<string> = new Set();
/** With the SDK's own three attempts each: enough for an account where every other call fails, some 45 s in all. */
const PAUSES = [250, 500, 1000, 2000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000];

/** Attempts that take this long in all are no throttles: the line is dead, and more patience does not mend it. */
const LONGEST_MS = 120_000;

/** Repeats a read after throttles, AWS's own errors and broken connections: it can be asked again without harm. */
export async function patientRead<T>(
  name: string,
  { classify }: Pick<Faults, "classify">,
  clock: Clock,
  read: () => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  const until = clock.now() + LONGEST_MS;
  for (const pause of PAUSES) {
    try {
      return await read();
    } catch (error) {
      const fault = classify(error, { name, touched: NOBODY });
      if (fault.class !== "throttle" && fault.class !== "ambiguous") throw error;
      if (clock.now() >= until) throw error;
      await clock.sleep(Math.round(pause * (0.5 + Math.random() / 2)), stop);
    }
  }
  return read();
}
