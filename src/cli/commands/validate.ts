import { ConfigInvalid, type ConfigProblem, environments, findProject } from "../../config/index.ts";
import type { Finding } from "../../engine/types.ts";
import { advice } from "../../lakehouse/index.ts";
import { findingLines } from "../../ui/plan.ts";
import type { validate } from "../declared/project.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { fileIn, loadLakehouse } from "../lakehouse.ts";
import { refuseLint } from "../lint.ts";
import { compile } from "../plan-inputs.ts";

/** Checks one environment, or every one. */
export const run: Run<typeof validate> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const names = options.env ? [options.env] : environments(project);
  const problems: ConfigProblem[] = [];
  const findings: Finding[] = [];
  for (const env of names) {
    try {
      const loaded = await loadLakehouse(project, env);
      findings.push(...advice(loaded.value, project.dir, fileIn(loaded)));
      const known = await compile(loaded.value, env, project.dir);
      findings.push(...(await refuseLint(loaded, known)), ...known.findings);
    } catch (error) {
      if (!(error instanceof ConfigInvalid)) throw error;
      // A mistake in the base shows in every environment: say it once.
      const seen = new Set(problems.map((problem) => JSON.stringify(problem)));
      problems.push(...error.problems.filter((problem) => !seen.has(JSON.stringify(problem))));
    }
  }
  if (problems.length > 0) throw new ConfigInvalid(problems);
  // What every environment has is said once.
  const warnings = [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
  for (const line of findingLines(warnings, cli.term)) cli.term.line(line);
  cli.term.line(`The config is good (${names.join(", ")}).`);
  cli.term.emit({ valid: true, environments: names, problems: [], findings: warnings });
  return EXIT.ok;
};
