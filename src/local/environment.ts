import { join } from "node:path";
import type { KeyPair } from "./keys.ts";
import type { LocalPaths } from "./paths.ts";
import type { JavaFound } from "./runtime/java.ts";

/** Every process of one embedded AWS carries this in its environment, so that a forgotten one can be found. */
export const MARK = "METRICCARE_LOCAL";

const KEPT = [
  "PATH",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "USER",
  "LOGNAME",
  "TZ",
  "LD_LIBRARY_PATH",
  "DYLD_FALLBACK_LIBRARY_PATH",
];

/**
 * What the processes of the embedded AWS see of the user's environment: next to nothing. No profile, no real key, no
 * proxy and no home folder with an .aws in it can leak into a function or a script.
 */
export function scrubbedEnvironment(
  paths: LocalPaths,
  java: JavaFound,
  from: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of KEPT) {
    const value = from[name];
    if (value !== undefined) env[name] = value;
  }
  return {
    ...env,
    [MARK]: paths.local,
    HOME: paths.tmp,
    TMPDIR: paths.tmp,
    JAVA_HOME: java.home,
    AWS_CONFIG_FILE: emptyFile(paths),
    AWS_SHARED_CREDENTIALS_FILE: emptyFile(paths),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    NO_PROXY: "*",
  };
}

/** Instead of the user's ~/.aws (the Java SDK complains about a file that is none, such as /dev/null). */
export const emptyFile = (paths: LocalPaths): string => join(paths.local, "no-aws-config");

/** The endpoint that everything inside talks to, and the project folder's own keys. */
export function endpointEnvironment(endpoint: string, region: string, keys: KeyPair): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
}
