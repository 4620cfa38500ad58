import { allOptions, type Bound, flagOf, type Group, isGroup, type Option } from "./declared/kit.ts";

/** A command as a shell sees it: the words that call it, what may follow, and the words that an option takes. */
interface Line {
  readonly path: string;
  readonly words: readonly string[];
  readonly values: readonly (readonly [flag: string, words: readonly string[]])[];
}

const flags = (key: string, option: Option): string[] => [
  flagOf(key, option),
  ...(option.short === undefined ? [] : [`-${option.short}`]),
];

function lineOf({ declared }: Bound, before: string): Line {
  const options = Object.entries(allOptions(declared));
  return {
    path: `${before}${declared.name}`,
    words: [
      ...Object.values(declared.arguments).flatMap(({ choices = [] }) => choices),
      ...options.flatMap(([key, option]) => flags(key, option)),
      "--help",
    ],
    values: options.flatMap(([key, option]) =>
      option.choices === undefined ? [] : flags(key, option).map((flag) => [flag, option.choices ?? []] as const),
    ),
  };
}

/** One case of the script: a pattern, and the words that it is answered with. */
const answer = (pattern: string, words: readonly string[]): string => `    ${pattern}) words="${words.join(" ")}" ;;`;

/**
 * What bash needs to complete a command line, made from the declarations. Environments are the files of `config` here; where
 * nothing is known, files are offered.
 */
export function bashCompletion(commands: readonly (Bound | Group)[]): string {
  const groups = commands.filter(isGroup);
  const lines = commands.flatMap((one) =>
    isGroup(one) ? one.commands.map((bound) => lineOf(bound, `${one.name} `)) : [lineOf(one, "")],
  );
  const top = commands.map((one) => (isGroup(one) ? one.name : one.declared.name));
  return [
    "_metriccare() {",
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" path="" words=""',
    '  [ "$COMP_CWORD" -gt 1 ] && path="${COMP_WORDS[1]}"',
    `  case " ${groups.map(({ name }) => name).join(" ")} " in`,
    '    *" $path "*) [ "$COMP_CWORD" -gt 2 ] && path="$path ${COMP_WORDS[2]}" ;;',
    "  esac",
    '  case "$prev" in',
    "    -e|--env)",
    "      words=$(ls config 2>/dev/null | sed -n 's/\\.ya\\{0,1\\}ml$//p' | grep -vx lakehouse)",
    '      COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    "      return ;;",
    "  esac",
    '  case "$path:$prev" in',
    ...lines.flatMap(({ path, values }) => values.map(([flag, words]) => answer(`"${path}:${flag}"`, words))),
    "  esac",
    '  [ -n "$words" ] || case "$path" in',
    answer('""', [...top, "--help", "--version"]),
    ...groups.map(({ name, commands: inside }) =>
      answer(`"${name}"`, [...inside.map((one) => one.declared.name), "--help"]),
    ),
    ...lines.map(({ path, words }) => answer(`"${path}"`, words)),
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    "}",
    "complete -o default -F _metriccare metriccare",
  ].join("\n");
}
