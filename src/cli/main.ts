import { setMaxListeners } from "node:events";
import { CommanderError } from "commander";
import { systemClock } from "../clock/index.ts";
import { terminal } from "../ui/terminal.ts";
import type { Cli } from "./cli.ts";
import { EXIT } from "./errors.ts";
import { acting, type Ending, program } from "./program.ts";
import { report } from "./report.ts";

/** First signal: stop in good order. Second: stop now. Third: the process goes at once. */
function interrupts(): { interrupt: AbortSignal; interruptNow: AbortSignal } {
  const first = new AbortController();
  const second = new AbortController();
  // Every call in flight listens to both: many listeners are no leak.
  setMaxListeners(0, first.signal, second.signal);
  const onSignal = (): void => {
    if (!first.signal.aborted) first.abort(new Error("interrupted"));
    else if (!second.signal.aborted) second.abort(new Error("interrupted"));
    else process.exit(EXIT.interrupted);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return { interrupt: first.signal, interruptNow: second.signal };
}

/** One command line, in the surroundings it is given; answers the exit code. */
export async function execute(argv: readonly string[], cli: Cli): Promise<number> {
  const ending: Ending = { code: EXIT.ok };
  try {
    await program(acting(cli, ending)).parseAsync([...argv], { from: "user" });
    return ending.code;
  } catch (error) {
    // Help and the version are answers.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    return report(cli, error);
  }
}

/** The whole command line: argv in, exit code of the process out. */
export async function run(argv: readonly string[]): Promise<void> {
  const json = argv.includes("--json");
  const term = terminal(
    { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env },
    json,
  );
  const cli: Cli = { term, clock: systemClock, cwd: process.cwd(), env: process.env, ...interrupts() };
  const code = await execute(argv, cli);
  // Keep-alive sockets and timers of SDK clients must not hold the process; output must be out before it ends.
  process.exitCode = code;
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write("", () => resolve()));
