import { environments, findProject } from "../../config/index.ts";
import { progress } from "../../ui/progress.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import type { localUp } from "../declared/local.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT } from "../errors.ts";
import { loadLakehouse } from "../lakehouse.ts";

/** The port that the config fixes: of `--env`, else of the `local` environment where there is one. */
async function configuredPort(cli: Cli, options: GlobalOptions): Promise<number | undefined> {
  const project = findProject(cli.cwd, options.config);
  const env = options.env ?? (environments(project).includes("local") ? "local" : undefined);
  if (env === undefined) return undefined;
  return (await loadLakehouse(project, env)).value.local.port;
}

/** Starts the embedded AWS of the project folder. */
export const run: Run<typeof localUp> = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const local = await import("../../local/index.ts");
  const port = await configuredPort(cli, options);
  const shown = await progress(cli.term, "embedded AWS: starting");
  try {
    const aws = await local.up({
      projectDir: project.dir,
      port,
      clock: cli.clock,
      onProgress: (text) => shown.say(text),
      signal: cli.interrupt,
    });
    shown.done();
    cli.term.line(
      `The embedded AWS is up at ${aws.endpoint} (account ${aws.account}, ${aws.region}). It stays until \`metriccare local down\`.`,
    );
    cli.term.emit({ running: true, ...aws });
    return EXIT.ok;
  } catch (error) {
    shown.fail();
    throw error;
  }
};
