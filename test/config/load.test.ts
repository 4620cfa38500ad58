import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigInvalid, ConfigNotFound, findProject, loadConfig, problemText } from "../../src/config/index.ts";

const schema = z.strictObject({
  project: z.string(),
  jobs: z.record(
    z.string().regex(/^[a-z_]+$/),
    z.strictObject({
      timeout: z.int().min(1).max(100).default(60),
      role: z.string(),
      level: z.enum(["low", "high"]).default("low"),
    }),
  ),
  ttl: z.union([z.boolean(), z.strictObject({ days: z.int() })]).default(false),
});

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((dir) => rmSync(dir, { recursive: true, force: true })));

function project(files: Record<string, string>): ReturnType<typeof findProject> {
  const dir = mkdtempSync(join(tmpdir(), "metriccare-config-"));
  folders.push(dir);
  mkdirSync(join(dir, "config"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, "config", name), text);
  return findProject(dir);
}

function problems(files: Record<string, string>, check?: Parameters<typeof loadConfig>[3]): string[] {
  try {
    loadConfig(project(files), "dev", schema, check as never);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

describe("loadConfig", () => {
  it("merges objects and replaces scalars", () => {
    const loaded = loadConfig(
      project({
        "lakehouse.yaml": "project: care\njobs:\n  a: {role: r, timeout: 5}\n  b: {role: r}\n",
        "dev.yaml": "jobs:\n  a:\n    timeout: 9\n",
      }),
      "dev",
      schema,
    );
    expect(loaded.value.jobs).toEqual({
      a: { role: "r", timeout: 9, level: "low" },
      b: { role: "r", timeout: 60, level: "low" },
    });
  });

  it("reports every mistake at once, in the file that made it, with a suggestion", () => {
    expect(
      problems({
        "lakehouse.yaml": "project: care\njobs:\n  a:\n    role: r\n    tiemout: 3\n  b:\n    timeout: 5\n",
        "dev.yaml": 'jobs:\n  a:\n    timeout: "x"\n    level: hgih\nttl: {day: 3}\n',
      }),
    ).toEqual([
      'config/dev.yaml:3:14 jobs.a.timeout: expected a number, got "x".',
      'config/dev.yaml:4:12 jobs.a.level: expected one of low, high, got "hgih". Did you mean `high`?',
      "config/dev.yaml:5:7 ttl.day: unknown key. Did you mean `days`?",
      "config/lakehouse.yaml:5:5 jobs.a.tiemout: unknown key. Did you mean `timeout`?",
      "config/lakehouse.yaml:6:3 jobs.b.role: missing; expected text.",
    ]);
  });

  it("places syntax errors, duplicate keys, bad keys and roots that are no map", () => {
    expect(problems({ "lakehouse.yaml": "project: [1\njobs: {}\n", "dev.yaml": "" })[0]).toMatch(
      /^config\/lakehouse\.yaml:\d+:\d+ /,
    );
    expect(problems({ "lakehouse.yaml": "project: a\nproject: b\njobs: {}\n", "dev.yaml": "" })[0]).toMatch(
      /lakehouse\.yaml:2:1 /,
    );
    expect(problems({ "lakehouse.yaml": "- a\n", "dev.yaml": "" })[0]).toMatch(
      /lakehouse\.yaml:1:1 the file must be a map/,
    );
    expect(problems({ "lakehouse.yaml": "project: a\njobs: {A-b: {role: x}}\n", "dev.yaml": "" })[0]).toMatch(
      /:2:8 jobs\.A-b/,
    );
  });

  it("ends alias bombs and cycles with an answer", () => {
    const bomb = [
      "a: &a [x,x]",
      ...Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [${i ? `*b${i - 1}, *b${i - 1}` : "*a, *a"}]`),
    ].join("\n");
    expect(problems({ "lakehouse.yaml": bomb, "dev.yaml": "" }).length).toBeGreaterThan(0);
    expect(problems({ "lakehouse.yaml": "project: &p [*p]\njobs: {}\n", "dev.yaml": "" }).length).toBeGreaterThan(0);
  });

  it("places cross-checks", () => {
    const found = problems({ "lakehouse.yaml": "project: a\njobs:\n  x: {role: nobody}\n", "dev.yaml": "" }, () => [
      { path: ["jobs", "x", "role"], message: "there is no role `nobody`" },
    ]);
    expect(found).toEqual(["config/lakehouse.yaml:3:13 jobs.x.role: there is no role `nobody`."]);
  });

  it("names the environments when one is missing", () => {
    const files = { "lakehouse.yaml": "project: a\njobs: {}\n", "prod.yaml": "" };
    expect(() => loadConfig(project(files), "prdo", schema)).toThrow(ConfigNotFound);
    try {
      loadConfig(project(files), "prdo", schema);
    } catch (error) {
      expect(error).toMatchObject({ code: "no_environment", fix: "Did you mean `--env prod`?" });
    }
  });
});
