import { ConfigInvalid, type ConfigProblem, environments, findProject } from "../../config/index.ts";
import type { Run } from "../cli.ts";
import { EXIT } from "../errors.ts";
import { loadLakehouse } from "../lakehouse.ts";

/** Checks one environment, or every one. */
export const run: Run = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const names = options.env ? [options.env] : environments(project);
  const problems: ConfigProblem[] = [];
  for (const env of names) {
    try {
      await loadLakehouse(project, env);
    } catch (error) {
      if (!(error instanceof ConfigInvalid)) throw error;
      // A mistake in the base shows in every environment: say it once.
      const seen = new Set(problems.map((problem) => JSON.stringify(problem)));
      problems.push(...error.problems.filter((problem) => !seen.has(JSON.stringify(problem))));
    }
  }
  if (problems.length > 0) throw new ConfigInvalid(problems);
  cli.term.line(`The config is good (${names.join(", ")}).`);
  cli.term.emit({ valid: true, environments: names, problems: [] });
  return EXIT.ok;
};
