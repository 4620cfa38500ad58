import type { Command } from "commander";
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

/** Options that stand on the program itself. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly env?: string;
}

/** Runs a command with its parsed options and arguments; answers the exit code. */
export type Run<O = Record<string, unknown>> = (
  cli: Cli,
  options: O & GlobalOptions,
  args: readonly string[],
) => Promise<number>;

/**
 * Declares one command. Only the declaration is loaded at start-up: `load` brings in the code on use.
 * `finish` adds options and the examples below the help.
 */
export interface Declaration {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly declare?: (command: Command) => Command;
  /** Takes `--env`. */
  readonly env?: boolean;
  readonly load: () => Promise<{ readonly run: Run }>;
}

/** Commands under one word: `ledger list`, `ledger show`. */
export interface Group {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly commands: readonly Declaration[];
}

export const isGroup = (declared: Declaration | Group): declared is Group => "commands" in declared;

/** `--only` and other options that may be repeated. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

export function wholeNumber(name: string): (value: string) => number {
  return (value) => {
    const parsed = Number(value);
    if (!Number.isInteger(parsed) || parsed < 0) throw new InvalidNumber(name, value);
    return parsed;
  };
}

export class InvalidNumber extends Error {
  constructor(
    readonly option: string,
    readonly value: string,
  ) {
    super(`${option} wants a whole number, got ${JSON.stringify(value)}`);
  }
}
