import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { MAY, ROOMS } from "../../test/harness/layers.ts";
import { services } from "../../src/services/index.ts";
import { between, type Document, table } from "./kit.ts";

/** What lies in each layer, in the order of the page: from the bottom up. */
const LAYERS: Readonly<Record<string, string>> = {
  codes: "every error code: what, why, what to do; known to all, knows nobody",
  clock: "the only timers",
  aws: "lazy clients, call log, marks, lease, faults, identity and network",
  engine: "graph, diff, plan, apply; knows no AWS service and no terminal",
  config: "files to merged YAML with positions, texts, problems with file:line:column",
  services: "one folder an AWS service: its sections, its kinds, how entries become resources",
  lakehouse: "what a healthcare lakehouse is: pipeline, layers, ledger, measures, rights",
  operate: "what is no declaration: ingest, runs, ledger, audit, doctor",
  local: "the embedded AWS: installs and starts an emulator, puts real Glue runs in front of it",
  ui: "events and plans to text, JSON and pictures; the only layer that prints",
  cli: "arguments to a command to an exit code",
};

const mermaid = (lines: readonly string[]): string => ["```mermaid", ...lines, "```"].join("\n");

type Arrows = Readonly<Record<string, readonly string[]>>;

/** Everything that can be reached from a node. */
function reach(arrows: Arrows, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: string): void => {
    for (const next of arrows[node] ?? [])
      if (!found.has(next)) {
        found.add(next);
        visit(next);
      }
  };
  visit(from);
  return found;
}

/** Arrows without those that others imply: the picture is the same order with fewer lines. */
const fewest = (arrows: Arrows): [string, string][] =>
  Object.entries(arrows).flatMap(([from, all]) =>
    all
      .filter((to) => !all.some((other) => other !== to && reach(arrows, other).has(to)))
      .map((to): [string, string] => [from, to]),
  );

const picture = (arrows: Arrows): string =>
  mermaid([
    "flowchart TD",
    ...Object.keys(arrows).map((name) => `    ${name}`),
    ...fewest(arrows).map(([from, to]) => `    ${from} --> ${to}`),
  ]);

const { codes: _everybodys, ...drawn } = MAY;

const layers = (): string =>
  table(
    ["layer", "what lies there", "may import"],
    Object.keys(MAY).map((name) => [`\`src/${name}\``, LAYERS[name] ?? "", (MAY[name] ?? []).join(", ")]),
  );

/** The members of `Service` with their doc lines, from the source: the compiler holds the values against it. */
function members(): string {
  const source = readFileSync(resolve("src/services/service.ts"), "utf8");
  const body = /export interface Service<[\s\S]*?> \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? "";
  const found = [...body.matchAll(/(?:^ {2}\/\*\* (.*) \*\/\n)?^ {2}readonly (\w+)(\?)?:/gm)];
  return table(
    ["member", "what it says", ""],
    found.map(([, doc = "", name = "", optional]) => [`\`${name}\``, doc, optional ? "where it has some" : ""]),
  );
}

const list = (): string =>
  table(
    ["service", "sections of the config", "kinds of resources"],
    services.map(({ name, sections, inner = {}, kinds }) => [
      `\`${name}\``,
      Object.keys({ ...sections, ...inner })
        .map((key) => `\`${key}\``)
        .join(", "),
      kinds.map((kind) => `\`${kind.name}\``).join(", "),
    ]),
  );

/** `docs/architecture.md`: its prose is written by hand, its pictures and tables are made from code and tests. */
export const architectureDocuments: readonly Document[] = [
  {
    path: "docs/architecture.md",
    text: (current) =>
      [
        ["layers", `${picture(drawn)}\n\n${layers()}`],
        ["rooms", picture(ROOMS)],
        ["members", members()],
        ["services", list()],
      ].reduce((text, [name = "", part = ""]) => between(text, name, part), current),
  },
];
