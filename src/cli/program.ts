import { Argument, Command, type CommanderError, Option } from "commander";
import pkg from "../../package.json" with { type: "json" };
import { nearest } from "../config/suggest.ts";
import type { Cli } from "./cli.ts";
import {
  allOptions,
  type Argument as DeclaredArgument,
  type Bound,
  type Declared,
  flagOf,
  type Group,
  isGroup,
  type Option as DeclaredOption,
  type Options,
  type Parsed,
} from "./declared/kit.ts";
import { declared } from "./declared/index.ts";
import { EXITS, usage } from "./errors.ts";

const NAME = "metriccare";

/** What a finished command line leaves: its exit code. */
export interface Ending {
  code: number;
}

/** What happens when a command is asked for, with options and arguments as they were parsed. */
type Act = (bound: Bound, given: Parsed, args: Parsed) => Promise<void>;

/** Runs it. */
export const acting =
  (cli: Cli, ending: Ending): Act =>
  async ({ declared, run }, given, args) => {
    ending.code = await run(cli, withVariables(allOptions(declared), given, cli.env), args);
  };

/** The whole command line as commander wants it, made from the declarations. */
export function program(act: Act, commands: readonly (Bound | Group)[] = declared): Command {
  const root = word(new Command(NAME), NAME)
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
  const codes = Object.entries(EXITS).map(([code, { short }]) => `${code} ${short}`);
  root.addHelpText("after", `\nExit codes: ${codes.join(", ")}.`);
  for (const one of commands) {
    if (isGroup(one)) addGroup(root, one, act);
    else addCommand(root, NAME, one, act);
  }
  return root;
}

function addGroup(root: Command, group: Group, act: Act): void {
  const path = `${NAME} ${group.name}`;
  const made = word(root.command(group.name), path).description(group.summary).helpCommand(false);
  addExamples(made, group.examples);
  for (const one of group.commands) addCommand(made, path, one, act);
}

function addCommand(parent: Command, before: string, bound: Bound, act: Act): void {
  const { declared } = bound;
  const path = `${before} ${declared.name}`;
  const made = settled(parent.command(declared.name), (error) => mistaken(error, path));
  made.description(declared.summary);
  for (const [key, option] of Object.entries(allOptions(declared))) made.addOption(asOption(key, option));
  for (const [key, argument] of Object.entries(declared.arguments)) made.addArgument(asArgument(key, argument));
  addExamples(made, declared.examples);
  made.action(() => act(bound, made.opts<Parsed>(), named(declared, made)));
}

/** An option of which nothing was said is what its environment variable says. */
function withVariables(options: Options, given: Parsed, env: Cli["env"]): Parsed {
  const said = Object.entries(options).flatMap(([key, { variable }]) =>
    variable === undefined || given[key] !== undefined ? [] : [[key, env[variable]] as const],
  );
  return { ...given, ...Object.fromEntries(said) };
}

const named = (declared: Declared, made: Command): Parsed =>
  Object.fromEntries(Object.keys(declared.arguments).map((key, at) => [key, made.processedArgs[at] as unknown]));

function asOption(key: string, declared: DeclaredOption): Option {
  const flag = flagOf(key, declared);
  const flags = `${declared.short === undefined ? "" : `-${declared.short}, `}${flag}${declared.value === undefined ? "" : ` ${declared.value}`}`;
  const option = new Option(flags, declared.summary);
  if (declared.default !== undefined) option.default(declared.default);
  const { parse } = declared;
  if (parse !== undefined) option.argParser((typed, before: unknown) => parse(typed, flag, before));
  return option;
}

function asArgument(key: string, declared: DeclaredArgument): Argument {
  const name = `${declared.label ?? key}${declared.rest ? "..." : ""}`;
  const argument = new Argument(declared.required ? `<${name}>` : `[${name}]`, declared.summary);
  if (declared.default !== undefined) argument.default(declared.default);
  const { parse } = declared;
  if (parse !== undefined) argument.argParser((typed) => parse(typed));
  return argument;
}

function addExamples(made: Command, examples: readonly string[]): void {
  if (examples.length > 0)
    made.addHelpText("after", `\nExamples:\n${examples.map((line) => `  $ ${line}`).join("\n")}`);
}

/** Makes a command throw instead of exiting, and write help alone: usage errors are reported once, by `report`. */
function settled(made: Command, mistake: (error: CommanderError) => Error): Command {
  return made
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : mistake(error);
    })
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
    });
}

/** A word that others follow: the program itself, or a group. */
function word(made: Command, path: string): Command {
  const names = (): string[] => made.commands.map((one) => one.name());
  // Told before its options are looked at: those of a misspelt command are nobody's mistake.
  made.on("command:*", ([typed = ""]: string[]) => {
    const guess = nearest(typed, names());
    throw usage(
      "unknown_command",
      `unknown command \`${path === NAME ? "" : `${path.slice(NAME.length + 1)} `}${typed}\``,
      `${guess === undefined ? "" : `Did you mean \`${path} ${guess}\`? `}See \`${path} --help\`.`,
    );
  });
  return settled(made, (error) => misplaced(error, made, path, names()));
}

/** A mistake before any command was named. */
function misplaced(error: CommanderError, made: Command, path: string, names: readonly string[]): Error {
  const [option = ""] = made.args;
  const after = made.args.find((one) => names.includes(one));
  if (error.code === "commander.unknownOption" && after !== undefined)
    return usage("usage", plain(error), `Options stand after the command: \`${path} ${after} ${option} …\`.`);
  if (error.code !== "commander.help" && path === NAME) return mistaken(error, path);
  return usage(
    "usage",
    path === NAME ? "a command is needed" : `\`${path}\` needs one of: ${names.join(", ")}`,
    `See \`${path} --help\`.`,
  );
}

const plain = (error: CommanderError): string => error.message.replace(/^error: /, "").replace(/\n/g, " ");

const mistaken = (error: CommanderError, path: string): Error =>
  usage("usage", plain(error), `See \`${path} --help\`.`);
