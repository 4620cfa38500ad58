import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../harness/project.ts";

/** The bundle, not the sources: what a bundler makes of an import shows nowhere else. Commands that need no AWS. */
test.each(["validate", "config show", "config diff dev prod", "graph", "outputs"])(
  "the built command line: %s",
  (line) => {
    const env = line.startsWith("config diff") ? [] : ["--env", "local"];
    const out = execFileSync(process.execPath, [join(repository, "bin", "metriccare"), ...line.split(" "), ...env], {
      cwd: repository,
      encoding: "utf8",
    });
    expect(out).not.toBe("");
  },
);
