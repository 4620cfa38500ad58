import type { Cli, GlobalOptions } from "../cli.ts";

/**
 * One option. Its key in `options` is its name in the handler (`neutralNames`), and its flag follows from that
 * (`--neutral-names`): nobody spells it twice.
 */
export interface Option<T = unknown> {
  readonly summary: string;
  /** One letter: `y` for `-y`. */
  readonly short?: string;
  /** What follows it: `<id>`, or `[run]` where that may be left out. A flag takes nothing. */
  readonly value?: string;
  /** `--no-start`: true unless given. */
  readonly negated?: boolean;
  readonly choices?: readonly string[];
  readonly default?: T;
  /** The environment variable that stands in for it. */
  readonly variable?: string;
  /** A word as it was typed becomes a value; `before` is what the option already has when it is repeated. */
  parse?(word: string, flag: string, before: T | undefined): T;
}

/** One argument. Its key in `arguments` is its name in the handler. */
export interface Argument<T = unknown> {
  readonly summary: string;
  /** As help shows it; the key when left out. */
  readonly label?: string;
  readonly required: boolean;
  /** Takes all words that are left. */
  readonly rest: boolean;
  readonly choices?: readonly string[];
  readonly default?: T;
  parse?(word: string): T;
}

export type Options = Readonly<Record<string, Option>>;
export type Arguments = Readonly<Record<string, Argument>>;

/** Exit codes of a command that not every command has, and what they mean there. */
export type Exits = Readonly<Partial<Record<0 | 1 | 2 | 3 | 64, string>>>;

/** One command as a value: the command line, its help and the documents are made from it. */
export interface Declared<O extends Options = Options, A extends Arguments = Arguments> {
  readonly name: string;
  readonly summary: string;
  readonly arguments: A;
  readonly options: O;
  readonly examples: readonly string[];
  /** Takes `--env`. */
  readonly env: boolean;
  readonly exits: Exits;
  /** What stdout holds with `--json`, as Markdown. */
  readonly json: string;
}

type Value<O> = O extends Option<infer T> ? T : never;
type ArgumentValue<A> = A extends Argument<infer T> ? T : never;
type Maybe<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: T[K] };
type Always<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The options of a command as its handler gets them. */
export type OptionsOf<D extends Declared> = Readonly<
  Maybe<{ [K in keyof D["options"]]: Value<D["options"][K]> }> &
    Always<{ [K in keyof D["options"]]: Value<D["options"][K]> }>
> &
  GlobalOptions;

/** The arguments of a command as its handler gets them. */
export type ArgumentsOf<D extends Declared> = {
  readonly [K in keyof D["arguments"]]: ArgumentValue<D["arguments"][K]>;
};

/** The handler of a command: answers the exit code. */
export type Run<D extends Declared> = (cli: Cli, options: OptionsOf<D>, args: ArgumentsOf<D>) => Promise<number>;

type NoOptions = Readonly<Record<never, Option>>;
type NoArguments = Readonly<Record<never, Argument>>;

/** Declares a command. */
export const command = <const O extends Options = NoOptions, const A extends Arguments = NoArguments>(declared: {
  readonly name: string;
  readonly summary: string;
  readonly arguments?: A;
  readonly options?: O;
  readonly examples: readonly string[];
  readonly env?: boolean;
  readonly exits?: Exits;
  readonly json: string;
}): Declared<O, A> => ({
  env: false,
  exits: {},
  ...declared,
  // Left out, O and A are the empty records that `{}` is.
  options: declared.options ?? ({} as O),
  arguments: declared.arguments ?? ({} as A),
});

/** Options and arguments as the command line gives them: each value made by the `parse` of its declaration. */
export type Parsed = Readonly<Record<string, unknown>>;

/** A command and its code, which is loaded when it runs. */
export interface Bound {
  readonly declared: Declared;
  readonly run: (cli: Cli, options: Parsed, args: Parsed) => Promise<number>;
}

/** Binds a command to its handler, whose types come from the declaration. */
export const on = <O extends Options, A extends Arguments>(
  declared: Declared<O, A>,
  load: () => Promise<{ readonly run: Run<Declared<O, A>> }>,
): Bound => ({
  declared,
  run: async (cli, options, args) => {
    const { run } = await load();
    // The one place where a command line becomes typed: every value was parsed by this very declaration.
    return run(cli, options as OptionsOf<Declared<O, A>>, args as ArgumentsOf<Declared<O, A>>);
  },
});

/** Commands under one word: `ledger list`, `ledger show`. */
export interface Group {
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly commands: readonly Bound[];
}

export const isGroup = (one: Bound | Group): one is Group => "commands" in one;

/** `neutralNames` is `--neutral-names`. */
export const flagOf = (key: string, option: Pick<Option, "negated">): string =>
  `--${option.negated ? "no-" : ""}${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The options of a command with those that every one has, in the order that help shows them. */
export const allOptions = (declared: Declared): Options => ({
  ...(declared.env ? { env: COMMON.env } : {}),
  config: COMMON.config,
  json: COMMON.json,
  ...declared.options,
});

const COMMON = {
  env: {
    summary: "environment: config/<name>.yaml (default: $METRICCARE_ENV)",
    short: "e",
    value: "<name>",
    variable: "METRICCARE_ENV",
  },
  config: { summary: "the config folder (default: the nearest config/ upwards)", value: "<dir>" },
  json: { summary: "JSON on stdout, people's text on stderr" },
} as const satisfies Options;
