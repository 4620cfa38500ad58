import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { init } from "../declared/project.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, failed, usage } from "../errors.ts";
import type { Cli } from "../cli.ts";
import { isDate, isTimeZone } from "../../lakehouse/measures.ts";
import { ask } from "../../ui/prompt.ts";

/** The package's own folder: two above `dist/main.cjs`, three above this file in a checkout. */
function packageDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, "package.json")) || !existsSync(join(dir, "glue-scripts"))) {
    if (dirname(dir) === dir) throw new Error("the package holds no glue-scripts folder");
    dir = dirname(dir);
  }
  return dir;
}

const PARTS = ["config", "glue-scripts"] as const;
/** Python's caches are not part of what a project starts from. */
const wanted = (path: string): boolean => !/__pycache__|\.pyc$/.test(path);

/** The package's own project, by name and as it is written for people. */
const OWN = { project: "metriccare", title: "MetricCare" } as const;

/** The config under another name: in tags, the topic's display name and descriptions as well. */
function renamed(text: string, project: string): string {
  if (project === OWN.project) return text;
  // `true` and `null` are words of YAML, too.
  const value = /^(true|false|null)$/.test(project) ? `"${project}"` : project;
  return text
    .replace(/^project: .*$/m, `project: ${value}`)
    .replace(/^(\s+(?:Project|displayName): )MetricCare$/gm, `$1${value}`)
    .replaceAll(OWN.title, project);
}

/** The calendar of the hospitals: named, asked for where somebody is there to answer, else that of this machine. */
async function zoneOf(cli: Cli, named: string | undefined): Promise<string> {
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const asked =
    named === undefined && cli.term.interactive && !cli.term.json
      ? await ask(
          cli.term,
          `Time zone of the hospitals, on whose calendar every date rule runs [${here}]:`,
          cli.interrupt,
        )
      : named;
  const zone = asked?.trim() || here;
  if (isTimeZone(zone)) return zone;
  throw usage("usage", `\`${zone}\` is no time zone`, "Name one of the IANA's, such as Europe/Vienna or UTC.");
}

/** What the measures stand on in a project of one's own: the sample's last day is nobody else's. */
const measured = (text: string, asOf: string, zone: string): string =>
  text
    .replace(/^ {2}asOf: .*$/m, `  asOf: ${asOf} # the data is complete up to that day; a date for data of the past`)
    .replace(/^ {2}timeZone: \S+/m, `  timeZone: ${zone}`);

function dayOf(asOf: string): string {
  if (asOf === "today" || isDate(asOf)) return asOf;
  throw usage("usage", `\`${asOf}\` is neither a date nor \`today\``, "Write it as 2023-06-30.");
}

/** Makes a project folder from the package's own config and scripts. Never overwrites anything. */
export const run: Run<typeof init> = async (cli, options, { dir }) => {
  const target = resolve(cli.cwd, dir);
  const project = options.project ?? OWN.project;
  if (!/^[a-z][a-z0-9-]{0,18}[a-z0-9]$/.test(project)) {
    throw usage(
      "bad_project",
      `\`${project}\` cannot start resource names`,
      "Use 2 to 20 lower case letters, digits and -, a letter first.",
    );
  }
  const asOf = dayOf(options.asOf);
  const there = PARTS.filter((part) => existsSync(join(target, part)));
  if (there.length > 0) {
    throw failed(
      "exists",
      `${target} already holds ${there.join(" and ")}`,
      "Choose another folder: init never overwrites anything.",
    );
  }
  const zone = await zoneOf(cli, options.timeZone);
  mkdirSync(target, { recursive: true });
  for (const part of PARTS) cpSync(join(packageDir(), part), join(target, part), { recursive: true, filter: wanted });
  const base = join(target, "config", "lakehouse.yaml");
  writeFileSync(base, measured(renamed(readFileSync(base, "utf8"), project), asOf, zone));
  const ignore = join(target, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, ".metriccare/\n__pycache__/\n");
  const made = readdirSync(target).sort();
  cli.term.line(`Made ${relative(cli.cwd, target) || "."}: ${made.join(", ")}.`);
  cli.term.line(`Measures: as of ${asOf}, on the calendar of ${zone} (\`measures\` in config/lakehouse.yaml).`);
  cli.term.line("Next: `metriccare validate`, then `metriccare apply --env local`.");
  cli.term.emit({ dir: target, project, made, as_of: asOf, time_zone: zone });
  return EXIT.ok;
};
