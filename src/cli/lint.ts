import { ConfigInvalid, type ConfigProblem, type Loaded } from "../config/index.ts";
import { addressText, type Desired, type Finding, staticFindings } from "../engine/index.ts";
import type { AwsContext } from "../aws/context.ts";
import { checkScripts, kinds, type LakehouseConfig, pathOf, type ScriptsChecked } from "../lakehouse/index.ts";

/** Findings of the kinds' own lint: known without AWS. Errors among them are mistakes in the config, with their place. */
export function lintFindings(ctx: AwsContext, desired: readonly Desired[]): Finding[] {
  return staticFindings({ ctx, kinds, desired });
}

export function lintProblems(
  loaded: Loaded<LakehouseConfig>,
  ctx: AwsContext,
  desired: readonly Desired[],
): ConfigProblem[] {
  const places = new Map(desired.map(({ address }) => [addressText(address), pathOf(loaded.value, address)]));
  return lintFindings(ctx, desired)
    .filter(({ level }) => level === "error")
    .map(({ at, text, fix }) => {
      const path = places.get(at) ?? [];
      return loaded.place({ path, message: path.length === 0 ? `${at}: ${text}` : text, suggestion: fix });
    });
}

/**
 * Throws the mistakes that lint and the scripts' own Python find, before anything is sent. Answers what could not be told for
 * sure, as findings.
 */
export async function refuseLint(
  loaded: Loaded<LakehouseConfig>,
  ctx: AwsContext,
  desired: readonly Desired[],
  looked?: Promise<ScriptsChecked>,
): Promise<Finding[]> {
  const scripts = await (looked ?? checkScripts(loaded.value, ctx.projectDir));
  const problems = [...lintProblems(loaded, ctx, desired), ...scripts.problems.map((one) => loaded.place(one))];
  if (problems.length > 0) throw new ConfigInvalid(problems);
  const doubts = scripts.doubts.map(({ path, message, suggestion = "" }): Finding => ({
    code: "script_syntax",
    level: "warning",
    at: path.join("."),
    text: message,
    fix: suggestion,
  }));
  return scripts.skipped === undefined ? doubts : [...doubts, notLookedAt(scripts.skipped)];
}

const notLookedAt = (text: string): Finding => ({
  code: "scripts_unchecked",
  level: "note",
  at: "jobs",
  text,
  fix: "Install Python 3 (any version from 3.10 on).",
});
