import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { beforeAll, expect, test } from "vitest";
import { repository } from "./harness/project.ts";

interface Component {
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}
let text: string;
let components: readonly Component[];

const make = (): string =>
  execFileSync(process.execPath, [join(repository, "scripts/sbom.mjs")], { encoding: "utf8", maxBuffer: 64 << 20 });
const file = (name: string): string => readFileSync(join(repository, name), "utf8");

beforeAll(() => {
  text = make();
  ({ components } = JSON.parse(text) as { components: readonly Component[] });
}, 60_000);

test("the bill of materials is a CycloneDX document to the letter of its schema", async () => {
  const { specVersion } = JSON.parse(text) as { specVersion: Spec.Version };
  expect(await new Validation.JsonStrictValidator(specVersion).validate(text)).toBeNull();
  // The validator refuses something at all.
  expect(
    await new Validation.JsonStrictValidator(specVersion).validate(text.replace('"library"', '"book"')),
  ).not.toBeNull();
});

test("it names every package of the lockfile, every pinned Python package and every jar, with its hash", () => {
  const packages = Object.keys((JSON.parse(file("package-lock.json")) as { packages: object }).packages);
  const npm = new Set(components.filter(({ purl }) => purl.startsWith("pkg:npm/")).map(({ purl }) => purl));
  expect(npm.size).toBeGreaterThan(packages.length * 0.9);
  const pins = ["src/local/requirements/requirements.txt", "src/local/requirements/build.txt"].flatMap((name) => [
    ...file(name).matchAll(/^([\w.-]+)==([^\s;]+)/gm),
  ]);
  const purls = new Map(components.map((one) => [one.purl, one]));
  for (const [, name = "", version] of pins) {
    const found = purls.get(`pkg:pypi/${name.toLowerCase().replace(/[-_.]+/g, "-")}@${version}`);
    expect(found?.hashes?.length, name).toBeGreaterThan(0);
  }
  for (const line of file("src/local/requirements/jars.txt").split("\n").slice(1)) {
    const [coordinate = "", sha256] = line.split(" ");
    if (coordinate === "") continue;
    const [group, artifact, version] = coordinate.split(":");
    const found = purls.get(`pkg:maven/${group}/${artifact}@${version}?type=jar`);
    expect(found?.hashes, coordinate).toEqual([{ alg: "SHA-256", content: sha256 }]);
  }
});

test("the same lockfiles give the same bill", { timeout: 60_000 }, () => {
  expect(make()).toBe(text);
});
