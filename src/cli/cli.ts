import type { Observe } from "../aws/clients.ts";
import type { Clock } from "../clock/index.ts";
import type { Terminal } from "../ui/terminal.ts";

/** What the process hands to every command. */
export interface Cli {
  readonly term: Terminal;
  readonly clock: Clock;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly interrupt: AbortSignal;
  /** Aborted by the second. */
  readonly interruptNow: AbortSignal;
  /** Sees every command sent to AWS; the process itself has none. */
  readonly observe?: Observe;
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly env?: string;
}
