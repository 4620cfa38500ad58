import { declared } from "../../src/cli/declared/index.ts";
import {
  allOptions,
  type Argument,
  type Bound,
  type Declared,
  flagOf,
  type Group,
  isGroup,
  type Option,
} from "../../src/cli/declared/kit.ts";
import { EXITS } from "../../src/cli/errors.ts";
import { between, type Document, GENERATED, table } from "./kit.ts";

interface Named {
  /** `ledger skip`. */
  readonly path: string;
  readonly declared: Declared;
}

const named = (bound: Bound, before = ""): Named => ({
  path: `${before}${bound.declared.name}`,
  declared: bound.declared,
});
const within = (one: Bound | Group): readonly Named[] =>
  isGroup(one) ? one.commands.map((bound) => named(bound, `${one.name} `)) : [named(one)];

/** Every command with the words that call it, in the order of the help. */
export const commands = declared.flatMap(within);

/** GitHub's anchor of a heading. */
const anchor = (path: string): string => path.replace(/ /g, "-");

const argumentText = (key: string, { label = key, required, rest }: Argument): string => {
  const name = `${label}${rest ? "..." : ""}`;
  return required ? `<${name}>` : `[${name}]`;
};

const optionText = (key: string, option: Option): string =>
  `${option.short === undefined ? "" : `-${option.short}, `}${flagOf(key, option)}${option.value === undefined ? "" : ` ${option.value}`}`;

/** What holds when nobody says it: a default, or where the value comes from then. */
function fallback({ default: value, variable, negated }: Option): string {
  if (variable !== undefined) return `\`$${variable}\``;
  if (negated) return "on";
  return value === undefined ? "" : `\`${String(value)}\``;
}

const usageLine = ({ path, declared: { arguments: args } }: Named): string =>
  ["metriccare", path, "[options]", ...Object.entries(args).map(([key, one]) => argumentText(key, one))].join(" ");

const argumentTable = ({ declared: { arguments: args } }: Named): string[] =>
  Object.keys(args).length === 0
    ? []
    : [
        table(
          ["argument", "", "default"],
          Object.entries(args).map(([key, one]) => [
            `\`${argumentText(key, one)}\``,
            one.summary,
            one.default === undefined ? "" : `\`${String(one.default)}\``,
          ]),
        ),
      ];

const optionTable = ({ declared: one }: Named): string =>
  table(
    ["option", "", "default"],
    Object.entries(allOptions(one)).map(([key, option]) => [
      `\`${optionText(key, option)}\``,
      option.summary,
      fallback(option),
    ]),
  );

/** Codes that every command can end with, in this one's own words where it has some. */
const exitCodes = ({ declared: { exits } }: Named): string => {
  const all = { 0: "done", 1: "failed", 64: "bad usage or config", 130: "interrupted", ...exits };
  return `Exit codes: ${Object.entries(all)
    .map(([code, meaning]) => `${code} ${meaning}`)
    .join("; ")}.`;
};

const section = (one: Named): string =>
  [
    `## ${one.path}`,
    `${one.declared.summary}.`,
    `\`\`\`\n${usageLine(one)}\n\`\`\``,
    ...argumentTable(one),
    optionTable(one),
    `\`\`\`sh\n${one.declared.examples.join("\n")}\n\`\`\``,
    exitCodes(one),
    `With \`--json\`: ${one.declared.json}.`,
  ].join("\n\n");

const exitTable = (): string =>
  table(
    ["exit code", "meaning"],
    Object.entries(EXITS).map(([code, { meaning }]) => [code, meaning]),
  );

const summaryTable = (page: string): string =>
  table(
    ["command", "what it does"],
    commands.map((one) => [`[\`${one.path}\`](${page}#${anchor(one.path)})`, one.declared.summary]),
  );

const page = (): string =>
  [
    "# Commands",
    `${GENERATED} The commands are declared in \`src/cli/declared\`.`,
    "`metriccare <command> --help` says the same in a terminal. What the words of `--json` mean stands in [json.md](json.md), what the codes of errors mean in [errors.md](errors.md).",
    summaryTable(""),
    exitTable(),
    ...commands.map(section),
  ].join("\n\n") + "\n";

const jsonTable = (): string =>
  table(
    ["command", "stdout"],
    commands.map((one) => [`\`${one.path}\``, one.declared.json]),
  );

export const commandDocuments: readonly Document[] = [
  { path: "docs/commands.md", text: page },
  { path: "docs/json.md", text: (current) => between(current, "json", jsonTable()) },
  {
    path: "README.md",
    text: (current) =>
      between(between(current, "commands", summaryTable("docs/commands.md")), "exit codes", exitTable()),
  },
];
