import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documents } from "../scripts/docs/index.ts";
import { repository } from "./harness/project.ts";

// Several documents may be parts of one file: each must find its part as it would write it.
test.each(documents)("$path is what the code says (npm run docs)", ({ path, text }) => {
  const file = join(repository, path);
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  expect(current).toBe(text(current));
});
