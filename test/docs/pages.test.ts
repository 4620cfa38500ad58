import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { sectionKeys } from "../../scripts/docs/config.ts";
import { EXAMPLES } from "../../scripts/docs/examples.ts";
import { writtenSchema } from "../../src/lakehouse/written.ts";
import { services } from "../../src/services/index.ts";
import { MAY, ROOMS } from "../harness/layers.ts";
import { repository } from "../harness/project.ts";

const page = (name: string): string => readFileSync(join(repository, "docs", name), "utf8");

describe("docs/config.md", () => {
  it("has an example of every section, and all of them in one are a config", () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual([...sectionKeys].toSorted());
    const all = Object.entries(EXAMPLES).map(([key, text]) => {
      const value = parse(text) as Record<string, unknown>;
      expect(Object.keys(value)).toEqual([key]);
      return value;
    });
    expect(writtenSchema.safeParse(Object.assign({}, ...all)).error?.issues).toBeUndefined();
  });

  it("has each key with type, default and AWS's name", () => {
    const text = page("config.md");
    expect(text).toContain("| `function.timeout` | whole number 1 to 900 | `60` | `Timeout` |");
    expect(text).toMatch(/\| `topics\.<id>\.subscriptions\[\]\.redrive` \| id in `queues`, or ARN \|/);
    expect(text).toMatch(
      /\| `jobs\.<id>\.maxRetries` \| [^|]* \| `0` \| `MaxRetries` \| `aws_glue_job\.max_retries` \|/,
    );
  });
});

describe("docs/coverage.md", () => {
  const NOT_YET = /not yet|todo|later|planned|for now/i;
  it.each(services.map((one) => [one.name, one.coverage] as const))("%s: every reason is one", (_name, coverage) => {
    const places = [...Object.values(coverage.fields), ...coverage.terraform.map((one) => one.arguments)];
    const reasons = places.flatMap((all) =>
      Object.values(all).flatMap((place: unknown) =>
        typeof place === "object" && place !== null && "ignored" in place ? [String(place.ignored)] : [],
      ),
    );
    expect(reasons.filter((reason) => reason.length < 15 || NOT_YET.test(reason))).toEqual([]);
  });
});

test("each service's list of Terraform's arguments is on the page", () => {
  const listed = services.filter(({ name }) => existsSync(join(repository, "src/services", name, "terraform.ts")));
  expect(listed.length).toBeGreaterThan(4);
  expect(listed.filter(({ coverage }) => coverage.terraform.length === 0).map(({ name }) => name)).toEqual([]);
});

test("README and CONTRIBUTING lead to the pages", () => {
  const [readme, contributing] = ["README.md", "CONTRIBUTING.md"].map((name) => page(`../${name}`));
  for (const name of ["architecture.md", "config.md", "coverage.md"]) expect(readme).toContain(`(docs/${name})`);
  expect(contributing).toContain("(docs/architecture.md)");
});

describe("docs/architecture.md", () => {
  it("draws every layer but the codes, and every room", () => {
    const text = page("architecture.md");
    for (const name of [...Object.keys(MAY).filter((layer) => layer !== "codes"), ...Object.keys(ROOMS)])
      expect(text).toMatch(new RegExp(`^    ${name}$`, "m"));
    expect(text).toContain("    cli --> ui");
    // lakehouse knows services: an arrow from operate to both says the same twice.
    expect(text).toContain("    operate --> lakehouse");
    expect(text).not.toContain("    operate --> services");
  });

  it("has each member of a service with what it says, and each file that the prose names", () => {
    const text = page("architecture.md");
    for (const member of ["name", "kinds", "sections", "inner", "coverage", "declare", "calls"])
      expect(text).toMatch(new RegExp(`\\| \`${member}\` \\| \\S`));
    const named = [...text.matchAll(/`((?:src|test|glue-scripts)\/[\w./-]+)`/g)].map(([, path = ""]) => path);
    expect(named.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });
});
