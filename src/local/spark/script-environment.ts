import { delimiter, join } from "node:path";
import { MARK } from "../environment.ts";
import type { RoleCredentials } from "../emulator.ts";
import type { JobLaunch } from "../front/types.ts";
import type { RunFiles } from "./files.ts";
import type { Gateway } from "./owner.ts";
import { sparkEnvironment, type SparkTarget } from "./settings.ts";

// Glue uses these itself and does not hand them to the script.
const CONSUMED = new Set([
  "--conf",
  "--extra-py-files",
  "--extra-jars",
  "--extra-files",
  "--additional-python-modules",
  "--python-modules-installer-option",
]);

/** The arguments as the script sees them: `--key value`, in their order. */
export function scriptArguments(given: Record<string, string>): string[] {
  return Object.entries(given).flatMap(([key, value]) => (CONSUMED.has(key) ? [] : [key, value]));
}

/** Reads the job argument `--conf`: `a=1 --conf b=2`. */
export function confSettings(value: string | undefined): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const part of (value ?? "").split(/\s+--conf\s+/)) {
    const at = part.indexOf("=");
    if (at > 0) settings[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  return settings;
}

export interface ScriptEnvironmentOptions extends SparkTarget {
  launch: JobLaunch;
  run: string;
  files: RunFiles;
  credentials: RoleCredentials;
  gateway: Gateway | undefined;
}

/** Of one script: the job's own temporary credentials and its Python path. */
function ownEnvironment(o: ScriptEnvironmentOptions): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: o.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: o.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: o.credentials.sessionToken,
    AWS_ENDPOINT_URL: o.endpoint,
    AWS_REGION: o.region,
    AWS_DEFAULT_REGION: o.region,
    PYTHONPATH: [...o.files.pythonPath, join(o.paths.code, "glue")].join(delimiter),
  };
}

/** Environment of one script: its own, and the JVM to join. */
export async function scriptEnvironment(o: ScriptEnvironmentOptions): Promise<NodeJS.ProcessEnv> {
  const folders = { HOME: o.files.folder, TMPDIR: o.files.folder };
  const env = { ...(await sparkEnvironment(o)), ...ownEnvironment(o), ...folders };
  if (o.gateway === undefined) return env;
  return { ...env, PYSPARK_GATEWAY_PORT: String(o.gateway.port), PYSPARK_GATEWAY_SECRET: o.gateway.secret };
}

/** What spark_attach.py needs to know, where the script joins the JVM. */
export function sparkAttachment(o: ScriptEnvironmentOptions): object | undefined {
  if (o.gateway === undefined) return undefined;
  return {
    run: o.run,
    conf: confSettings(o.launch.arguments["--conf"]),
    // Held while the catalog in the JVM's memory is changed.
    lock: join(o.paths.tmp, "catalog.lock"),
    // Python workers of this script's Spark jobs get the same: its modules and its role.
    workerEnv: { ...ownEnvironment(o), METRICCARE_RUN: o.run, [MARK]: o.paths.local },
  };
}
