import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../harness/project.ts";
import { load } from "../services/compile/project.ts";

/** Each snippet of docs/from-terraform.md, laid over the example that it speaks of, is a valid config. */
const text = readFileSync(join(repository, "docs", "from-terraform.md"), "utf8");
const snippets = [...text.matchAll(/^( *)```yaml\n([^]*?)^ *```/gm)].map(([, indent = "", body = ""]) =>
  body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
);

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "metriccare-terraform-"));
  cpSync(join(repository, "examples/original"), dir, { recursive: true });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("the document has snippets", () => expect(snippets.length).toBeGreaterThanOrEqual(6));

test.each(snippets)("is valid: %s", (snippet) => {
  writeFileSync(join(dir, "config", "dev.yaml"), snippet);
  expect(load({ dir, env: "dev" }).project).toBe("mcde4");
});

test.each(["dev", "local"])("the example's %s is valid", (env) => {
  cpSync(join(repository, "examples/original/config"), join(dir, "config"), { recursive: true });
  expect(Object.keys(load({ dir, env }).jobs)).toHaveLength(9);
});
