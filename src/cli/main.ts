import { setMaxListeners } from "node:events";
import { Command, CommanderError } from "commander";
import pkg from "../../package.json" with { type: "json" };
import { systemClock } from "../clock/index.ts";
import { terminal } from "../ui/terminal.ts";
import { type Cli, type Declaration, type GlobalOptions, type Group, InvalidNumber, isGroup } from "./cli.ts";
import { declarations } from "./commands/index.ts";
import { EXIT, usage } from "./errors.ts";
import { report } from "./report.ts";

type Outcome = { code: number };

function addExamples(command: Command, examples: readonly string[]): void {
  if (examples.length > 0)
    command.addHelpText("after", `\nExamples:\n${examples.map((line) => `  $ ${line}`).join("\n")}`);
}

function addCommand(parent: Command, declared: Declaration, cli: Cli, outcome: Outcome): void {
  const command = parent.command(declared.name).description(declared.description);
  if (declared.env) command.option("-e, --env <name>", "environment: config/<name>.yaml (default: $METRICCARE_ENV)");
  command.option("--config <dir>", "the config folder (default: the nearest config/ upwards)");
  command.option("--json", "JSON on stdout, people's text on stderr");
  declared.declare?.(command);
  addExamples(command, declared.examples);
  command.action(async () => {
    const { run } = await declared.load();
    const options = command.opts<GlobalOptions & Record<string, unknown>>();
    outcome.code = await run(cli, { ...options, env: options.env ?? cli.env.METRICCARE_ENV }, command.args);
  });
}

function addGroup(parent: Command, group: Group, cli: Cli, outcome: Outcome): void {
  const command = parent.command(group.name).description(group.description);
  addExamples(command, group.examples);
  for (const declared of group.commands) addCommand(command, declared, cli, outcome);
  command.action(() => {
    const word = command.args[0];
    if (word === undefined)
      throw usage(
        "usage",
        `\`metriccare ${group.name}\` needs one of: ${group.commands.map((c) => c.name.split(" ")[0]).join(", ")}`,
        `See \`metriccare ${group.name} --help\`.`,
      );
    throw usage(
      "unknown_command",
      `unknown command \`${group.name} ${word}\``,
      `See \`metriccare ${group.name} --help\`.`,
    );
  });
}

/** Makes every level of the tree throw instead of exiting, and write where the terminal says. */
function quiet(command: Command, cli: Cli): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .allowExcessArguments(command.commands.length > 0)
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      // Usage errors are reported once, by `report`.
      writeErr: () => {},
      outputError: () => {},
    });
  for (const child of command.commands) quiet(child, cli);
}

function program(cli: Cli, outcome: Outcome): Command {
  const root = new Command("metriccare")
    .description(
      "Builds and runs an AWS data lakehouse for healthcare analytics, straight on the AWS SDK, with no state file.",
    )
    .version(pkg.version, "-V, --version")
    .helpOption("-h, --help", "help for a command");
  addExamples(root, [
    "metriccare apply --env local",
    "metriccare diff --env dev",
    "metriccare ingest --env local --wait test/fhir-sample",
    "metriccare measures --env local",
  ]);
  root.addHelpText(
    "after",
    "\nExit codes: 0 done or nothing to do, 1 failed, 2 changes (diff --exit-code), 3 declined, 64 bad usage or config, 130 interrupted.",
  );
  for (const declared of declarations) {
    if (isGroup(declared)) addGroup(root, declared, cli, outcome);
    else addCommand(root, declared, cli, outcome);
  }
  quiet(root, cli);
  return root;
}

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
  const outcome: Outcome = { code: EXIT.ok };
  try {
    await program(cli, outcome).parseAsync([...argv], { from: "user" });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    if (error instanceof CommanderError) return report(cli, fromCommander(error, argv));
    if (error instanceof InvalidNumber) return report(cli, usage("usage", error.message, "See --help."));
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

function fromCommander(error: CommanderError, argv: readonly string[]): Error {
  if (error.code === "commander.help") return usage("usage", "a command is needed", "See `metriccare --help`.");
  const text = error.message.replace(/^error: /, "").replace(/\n/g, " ");
  if (error.code === "commander.unknownCommand") return usage("unknown_command", text, "See `metriccare --help`.");
  return usage(
    "usage",
    text,
    `See \`metriccare ${argv
      .filter((word) => /^[a-z]/.test(word))
      .slice(0, 1)
      .join(" ")} --help\`.`.replace("  ", " "),
  );
}
