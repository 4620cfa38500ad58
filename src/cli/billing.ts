import type { RunsOptions } from "../operate/index.ts";
import type { Session } from "./session.ts";
import { ledgerIfAny } from "./targets.ts";

/** A price as people read it; null where nobody can tell. */
export const money = (usd: number | null): string | null =>
  usd === null ? null : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;

/** The embedded AWS bills nothing. */
export function billing(session: Session): RunsOptions {
  const ledger = ledgerIfAny(session);
  return { ...(ledger ? { ledger } : {}), free: session.config.aws.embedded };
}
