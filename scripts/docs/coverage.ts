import type { Drawer, TerraformArgument, TerraformCoverage } from "../../src/services/coverage.ts";
import { services } from "../../src/services/index.ts";
import type { AnyService } from "../../src/services/service.ts";
import { type Document, GENERATED, table } from "./kit.ts";

const code = (text: string): string => `\`${text}\``;

/** Where a place is meant from: a key of the section, or (`/` before it) of the whole config. */
const keyOf = (section: string, place: string): string =>
  place.startsWith("/") ? place.slice(1) : `${section}.${place}`;

const argumentRow =
  (section: string) =>
  ([name, place]: readonly [string, TerraformArgument]): string[] =>
    typeof place === "string" ? [code(name), code(keyOf(section, place)), ""] : [code(name), "", place.ignored];

const resource = ({ resource: name, section, arguments: all }: TerraformCoverage): string =>
  [
    `#### ${name}`,
    table(
      ["argument", "key of the config", "why there is none"],
      Object.entries(all)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(argumentRow(section)),
    ),
  ].join("\n\n");

const DRAWERS: Readonly<Record<string, string>> = {
  managed: "declared and compared",
  identity: "by which it is found",
  server: "AWS's own bookkeeping",
};
const drawerText = (drawer: Drawer): string =>
  typeof drawer === "string" ? (DRAWERS[drawer] ?? drawer) : `not looked at: ${drawer.ignored}`;

const fields = ([type, all]: readonly [string, Readonly<Record<string, Drawer>>]): string =>
  [
    `#### ${type}`,
    table(
      ["field", "here"],
      Object.entries(all).map(([name, drawer]) => [code(name), drawerText(drawer)]),
    ),
  ].join("\n\n");

const part = ({ name, coverage: { fields: types, terraform } }: AnyService): string =>
  [
    `## ${name}`,
    "### Terraform's arguments",
    ...terraform.map(resource),
    "### Fields of AWS's answers",
    ...Object.entries(types).map(fields),
  ].join("\n\n");

/** Terraform's arguments in all, and those that a key of the config says. */
function summary(): string {
  const rows = services.map(({ name, coverage: { fields: types, terraform } }) => {
    const places = terraform.flatMap((one) => Object.values(one.arguments));
    const said = places.filter((place) => typeof place === "string").length;
    return [
      `[${name}](#${name})`,
      String(terraform.length),
      `${said} of ${places.length}`,
      String(Object.values(types).reduce((sum, all) => sum + Object.keys(all).length, 0)),
    ];
  });
  return table(["service", "Terraform's resources", "arguments with a key here", "fields with a decision"], rows);
}

const page = (): string =>
  [
    "# Coverage",
    `${GENERATED} It folds the member \`coverage\` of every service (\`src/services/<service>/index.ts\`).`,
    "For each resource of Terraform's AWS provider (6.x) that we make, service by service: where the config says what an argument says, or why it does not. Below that, for each type of the AWS SDK's answers, what becomes of its fields: a newer SDK with a field that nobody has decided about does not compile here. The keys themselves stand in [config.md](config.md).",
    summary(),
    ...services.map(part),
  ].join("\n\n") + "\n";

export const coverageDocuments: readonly Document[] = [{ path: "docs/coverage.md", text: page }];

/** Terraform's arguments by the key of the config that says the same. */
export const argumentsByKey: ReadonlyMap<string, readonly string[]> = (() => {
  const found = new Map<string, string[]>();
  for (const { resource: name, section, arguments: all } of services.flatMap((one) => one.coverage.terraform))
    for (const [argument, place] of Object.entries(all)) {
      if (typeof place !== "string") continue;
      const key = keyOf(section, place);
      found.set(key, [...(found.get(key) ?? []), `${name}.${argument}`]);
    }
  return found;
})();
