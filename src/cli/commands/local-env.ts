import { findProject } from "../../config/index.ts";
import type { localEnv } from "../declared/local.ts";
import type { Run } from "../declared/kit.ts";
import { EXIT, usage } from "../errors.ts";

/** The lines that point any AWS tool at it. */
export const run: Run<typeof localEnv> = async (cli, options) => {
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
