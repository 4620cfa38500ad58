// A bill of materials of all that is pinned, as one CycloneDX document on stdout: npm's from package-lock.json (by npm itself),
// the embedded AWS's Python packages and jars, and what the tests install. `npm run -s sbom > sbom.json`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file) => readFileSync(join(root, file), "utf8");
const sha256 = (content) => ({ alg: "SHA-256", content });

/** Blocks of `name==version [; marker] \ --hash=sha256:…`: files that pip checks, one hash a file of that version. */
export function pythonComponents(text, scope) {
  const blocks = text.replace(/\\\n/g, " ").split("\n");
  return blocks.flatMap((block) => {
    const pin = /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)/.exec(block);
    if (!pin) return [];
    const hashes = [...block.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map((match) => sha256(match[1]));
    if (hashes.length === 0 && scope === "required") throw new Error(`no hash is pinned: ${block}`);
    const name = pin[1].toLowerCase().replace(/[-_.]+/g, "-");
    return [component("library", undefined, name, pin[2], `pkg:pypi/${name}@${pin[2]}`, hashes, scope)];
  });
}

/** Lines of `group:artifact:version sha256 bytes`. */
export function jarComponents(text) {
  return text.split("\n").flatMap((line) => {
    const [coordinate = "", hash = ""] = line.trim().split(/\s+/);
    const [group, name, version] = coordinate.split(":");
    if (line.startsWith("#") || !version) return [];
    const purl = `pkg:maven/${group}/${name}@${version}?type=jar`;
    return [component("library", group, name, version, purl, [sha256(hash)], "required")];
  });
}

const component = (type, group, name, version, purl, hashes, scope) => ({
  "bom-ref": purl,
  type,
  ...(group ? { group } : {}),
  name,
  version,
  scope,
  purl,
  ...(hashes.length > 0 ? { hashes } : {}),
});

/** npm names the root after its folder; a lockfile is the same wherever it lies. */
function npm() {
  const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const sbom = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 }));
  sbom.metadata.component.name = JSON.parse(read("package.json")).name;
  sbom.metadata.component.type = "application";
  return sbom;
}

/** The same component twice (the tests install some of what runs) is one. */
const unique = (components) =>
  [...new Map(components.toReversed().map((one) => [one["bom-ref"], one])).values()].toReversed();

export function bill() {
  const sbom = npm();
  const more = unique([
    ...pythonComponents(read("src/local/requirements/build.txt"), "required"),
    ...pythonComponents(read("src/local/requirements/requirements.txt"), "required"),
    ...jarComponents(read("src/local/requirements/jars.txt")),
    ...pythonComponents(read("test/harness/moto-requirements.txt"), "excluded"),
    ...pythonComponents(read("test/python/requirements.txt"), "excluded"),
  ]);
  const components = [...sbom.components, ...more];
  // The same lockfiles give the same bill, whoever makes it and when.
  const digest = createHash("sha256").update(JSON.stringify(components)).digest("hex");
  const uuid = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `5${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ];
  delete sbom.metadata.timestamp;
  return { ...sbom, serialNumber: `urn:uuid:${uuid.join("-")}`, components };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${JSON.stringify(bill(), null, 2)}\n`);
