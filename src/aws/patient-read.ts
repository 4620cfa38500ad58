import type { Clock } from "../clock/index.ts";
import { classify } from "./faults.ts";

const NOBODY: ReadonlySet<string> = new Set();
/** With the SDK's own three attempts each: enough for an account where every other call fails, some 45 s in all. */
const PAUSES = [250, 500, 1000, 2000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000, 4000];

/** Repeats a read after throttles, AWS's own errors and broken connections: it can be asked again without harm. */
export async function patientRead<T>(name: string, clock: Clock, read: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await read();
    } catch (error) {
      const fault = classify(error, { name, touched: NOBODY });
      if (fault.class !== "throttle" && fault.class !== "ambiguous") throw error;
      await clock.sleep(Math.round(pause * (0.5 + Math.random() / 2)));
    }
  }
  return read();
}
