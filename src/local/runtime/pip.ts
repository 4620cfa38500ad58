import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What would send an installation somewhere else than where it belongs. */
const REDIRECTS = new Set([
  "PIP_USER",
  "PIP_TARGET",
  "PIP_PREFIX",
  "PIP_ROOT",
  "PIP_REQUIRE_VIRTUALENV",
  "PIP_REQUIREMENT",
]);

/** Proxies and certificates, as pip and the libraries below it read them. */
const NETWORK = /^(https?_proxy|all_proxy|no_proxy|ssl_cert_(file|dir)|requests_ca_bundle|curl_ca_bundle)$/i;

/** The supervisor's variable that carries them: none of them is a setting of the supervisor itself. */
export const PIP_SETTINGS = "METRICCARE_PIP";

const FILES = [".config/pip/pip.conf", ".pip/pip.conf", "Library/Application Support/pip/pip.conf"];

/**
 * The user's own settings of pip (index, certificates, proxy): the supervisor carries these, and nothing else of the
 * user's environment, for the packages that jobs ask for.
 */
export function pipSettings(env: NodeJS.ProcessEnv, home = homedir()): NodeJS.ProcessEnv {
  const settings: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(env))
    if ((name.startsWith("PIP_") && !REDIRECTS.has(name)) || NETWORK.test(name)) settings[name] = value;
  const file = FILES.map((name) => join(home, name)).find((name) => existsSync(name));
  if (settings["PIP_CONFIG_FILE"] === undefined && file !== undefined) settings["PIP_CONFIG_FILE"] = file;
  return settings;
}

/** The settings that this supervisor was started with. */
export function carriedPipSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const value: unknown = JSON.parse(env[PIP_SETTINGS] ?? "{}");
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, setting]) => typeof setting === "string"));
}
