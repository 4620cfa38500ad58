import type { RunsOptions } from "../operate/index.ts";
import { ledgerTarget, type Session } from "./session.ts";

/** A price as people read it; null where nobody can tell. */
export const money = (usd: number | null): string | null =>
  usd === null ? null : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;

/** The embedded AWS bills nothing. */
export const billing = (session: Session): RunsOptions => ({
  ledger: ledgerTarget(session),
  free: session.config.aws.embedded,
});
