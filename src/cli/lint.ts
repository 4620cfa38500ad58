import { ConfigInvalid, type ConfigProblem, type Loaded, problemText } from "../config/index.ts";
import { addressText, type Finding, type Known } from "../engine/index.ts";
import type { AwsContext } from "../aws/context.ts";
import { checkScripts, type LakehouseConfig, pathOf, type ScriptsChecked } from "../lakehouse/index.ts";

/** Findings of the kinds' own lint: known without AWS. Errors among them are mistakes in the config, with their place. */
function lintProblems(
  loaded: Loaded<LakehouseConfig>,
  { findings, input: { desired } }: Known<AwsContext>,
): ConfigProblem[] {
  const errors = findings.filter(({ level }) => level === "error");
  if (errors.length === 0) return [];
  const places = new Map(desired.map(({ address }) => [addressText(address), pathOf(loaded.value, address)]));
  const problems = errors.map(({ at, text, fix }) => {
    const path = places.get(at) ?? [];
    return loaded.place({ path, message: path.length === 0 ? `${at}: ${text}` : text, suggestion: fix });
  });
  // What several resources follow from is one mistake.
  return [...new Map(problems.map((one) => [problemText(one), one])).values()];
}

/**
 * Throws the mistakes that lint and the scripts' own Python find, before anything is sent. Answers what could not be told for
 * sure, as findings.
 */
export async function refuseLint(
  loaded: Loaded<LakehouseConfig>,
  known: Known<AwsContext>,
  looked?: Promise<ScriptsChecked>,
): Promise<Finding[]> {
  const scripts = await (looked ?? checkScripts(loaded.value, known.input.ctx.projectDir));
  const problems = [...lintProblems(loaded, known), ...scripts.problems.map((one) => loaded.place(one))];
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
