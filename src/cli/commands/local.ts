import { environments, findProject } from "../../config/index.ts";
import { progress } from "../../ui/progress.ts";
import { confirm } from "../../ui/prompt.ts";
import type { Cli, GlobalOptions, Run } from "../cli.ts";
import { EXIT, usage } from "../errors.ts";
import { loadLakehouse } from "../lakehouse.ts";

/** The port that the config fixes: of `--env`, else of the `local` environment where there is one. */
async function configuredPort(cli: Cli, options: GlobalOptions): Promise<number | undefined> {
  const project = findProject(cli.cwd, options.config);
  const env = options.env ?? (environments(project).includes("local") ? "local" : undefined);
  if (env === undefined) return undefined;
  return (await loadLakehouse(project, env)).value.local.port;
}

export const up: Run = async (cli, options) => {
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

export const down: Run = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const local = await import("../../local/index.ts");
  const stopped = await local.down(project.dir, cli.clock);
  cli.term.line(stopped ? "The embedded AWS is down; its state is kept." : "The embedded AWS was not running.");
  cli.term.emit({ running: false, stopped });
  return EXIT.ok;
};

export const status: Run = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const local = await import("../../local/index.ts");
  const found = await local.status(project.dir);
  cli.term.line(
    found.running
      ? `Running at ${found.endpoint} (account ${found.account}, ${found.region}).`
      : "Not running. `metriccare local up` starts it.",
  );
  cli.term.emit(found);
  return EXIT.ok;
};

export const reset: Run = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  if (!options.yes) {
    if (!cli.term.interactive)
      throw usage(
        "needs_yes",
        "this forgets every environment of the embedded AWS, and nobody is here to ask",
        "Add --yes.",
      );
    if (
      !(await confirm(
        cli.term,
        "Forget every environment of the embedded AWS, data included? Type `reset` to go on:",
        "reset",
        cli.interrupt,
      ))
    )
      return EXIT.declined;
  }
  const local = await import("../../local/index.ts");
  await local.reset(project.dir, cli.clock);
  cli.term.line("The embedded AWS has forgotten everything.");
  cli.term.emit({ running: false, reset: true });
  return EXIT.ok;
};

export const env: Run = async (cli, options) => {
  const project = findProject(cli.cwd, options.config);
  const local = await import("../../local/index.ts");
  const found = await local.status(project.dir);
  if (!found.running)
    throw usage("not_running", "the embedded AWS is not running", "Start it with `metriccare local up`.");
  const variables = {
    AWS_ENDPOINT_URL: found.endpoint,
    AWS_REGION: found.region,
    AWS_DEFAULT_REGION: found.region,
    AWS_ACCESS_KEY_ID: found.accessKeyId,
    AWS_SECRET_ACCESS_KEY: found.secretAccessKey,
  };
  for (const [name, value] of Object.entries(variables)) cli.term.line(`export ${name}=${value}`);
  cli.term.line("unset AWS_PROFILE AWS_SESSION_TOKEN");
  cli.term.emit(variables);
  return EXIT.ok;
};
