import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { bashCompletion } from "../../src/cli/completion.ts";
import { declared } from "../../src/cli/declared/index.ts";
import { isGroup } from "../../src/cli/declared/kit.ts";
import { repository } from "../harness/project.ts";

/** What bash offers at the end of a line. */
function offered(line: string): string[] {
  const words = line.split(" ");
  const script = `${bashCompletion(declared)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _metriccare; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { cwd: repository, encoding: "utf8" }).trim().split("\n").filter(Boolean);
}

test("every command is offered, and those of a group behind its word", () => {
  const names = declared.map((one) => (isGroup(one) ? one.name : one.declared.name));
  expect(offered("metriccare ")).toEqual([...names, "--help", "--version"]);
  expect(offered("metriccare led")).toEqual(["ledger"]);
  expect(offered("metriccare ledger s")).toEqual(["show", "stats", "skip"]);
});

test("options, their words, words of arguments, and environments", () => {
  expect(offered("metriccare ingest --n")).toEqual(["--neutral-names"]);
  expect(offered("metriccare run-workflow --no")).toEqual(["--no-wait"]);
  expect(offered("metriccare graph --env dev --format m")).toEqual(["mermaid"]);
  expect(offered("metriccare ledger list --status p")).toEqual(["processed"]);
  expect(offered("metriccare iam-policy op")).toEqual(["operator"]);
  expect(offered("metriccare diff --env d")).toEqual(["dev"]);
  expect(offered("metriccare diff -e lo")).toEqual(["local"]);
});

test("where nothing is known, nothing is offered, and bash offers files", () => {
  expect(offered("metriccare ingest export/")).toEqual([]);
  expect(bashCompletion(declared)).toContain("-o default");
});
