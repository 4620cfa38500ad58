// Writes down which arguments Terraform's AWS provider lets a user set, for the coverage tests:
//
//     npm pack @cdktn/provider-aws && tar xzf cdktn-provider-aws-*.tgz
//     node scripts/terraform.mjs package [aws_<resource> …]
//
// The package is generated from `terraform providers schema`: its `…Config` interfaces hold what can be set, and nothing that
// the provider only computes. Resources are those written down before, and those named.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const [folder, ...more] = process.argv.slice(2);
const file = resolve(import.meta.dirname, "../test/services/terraform/provider.json");
const before = JSON.parse(readFileSync(file, "utf8"));

const INTERFACE = /export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/g;
const PROPERTY = /#(\w+) [\w.]+#\w+\}(?:(?!\*\/)[\s\S])*\*\/\s*readonly (\w+)\??: ([^;]+);/g;
/** What every resource has, and nobody sets: the id, and tags of the provider beside one's own. */
const OF_ALL = new Set(["id", "tags_all"]);

function interfacesOf(text) {
  const found = new Map();
  for (const [, name, body] of text.matchAll(INTERFACE))
    found.set(
      name,
      [...body.matchAll(PROPERTY)].map(([, argument, , type]) => ({ argument, type })),
    );
  return found;
}

/** Arguments by path. A block without any is one itself; how long to wait counts as one. */
function pathsOf(all, name, prefix, above) {
  return all.get(name).flatMap(({ argument, type }) => {
    if (prefix === "" && OF_ALL.has(argument)) return [];
    const [block] = [...type.matchAll(/\b[A-Z]\w+\b/g)].map(([word]) => word).filter((word) => all.has(word));
    const whole = block === undefined || above.includes(block) || (prefix === "" && argument === "timeouts");
    if (whole || all.get(block).length === 0) return [`${prefix}${argument}`];
    return pathsOf(all, block, `${prefix}${argument}.`, [...above, block]);
  });
}

function argumentsOf(resource) {
  const lib = resolve(folder, "lib", resource.slice("aws_".length).replaceAll("_", "-"));
  const files = readdirSync(lib).filter((name) => name.endsWith(".d.ts"));
  const text = files.map((name) => readFileSync(resolve(lib, name), "utf8")).join("\n");
  const [, own] = /class (\w+) extends \w+\.TerraformResource/.exec(text);
  const all = interfacesOf(text);
  return { version: /hashicorp\/aws\/([\d.]+)/.exec(text)[1], list: pathsOf(all, `${own}Config`, "", []) };
}

const names = [...new Set([...Object.keys(before.resources), ...more])].toSorted();
const found = names.map((name) => [name, argumentsOf(name)]);
const resources = Object.fromEntries(found.map(([name, { list }]) => [name, [...new Set(list)].toSorted()]));
writeFileSync(file, `${JSON.stringify({ version: found[0][1].version, resources }, null, 2)}\n`);
