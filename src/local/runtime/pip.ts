import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { childProxies } from "../../aws/network/proxy-rules.ts";
import { trusted } from "../../aws/network/trust.ts";

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

const certRules = (file: string | undefined): boolean => {
  try {
    return file !== undefined && /^\s*cert\s*[=:]/m.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
};

/** The user told pip whom to trust. */
function trustsByItself(env: NodeJS.ProcessEnv, home: string): boolean {
  if (["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"].some((name) => env[name])) return true;
  // So pip is told to read no settings at all.
  if (env["PIP_CONFIG_FILE"] === "/dev/null") return false;
  const files = env["PIP_CONFIG_FILE"] ? [env["PIP_CONFIG_FILE"]] : FILES.map((name) => join(home, name));
  return [...files, "/etc/pip.conf"].some(certRules);
}

/**
 * The way out for pip: the proxies of the environment in both cases (this machine itself direct), and the authorities of
 * AWS_CA_BUNDLE beside Node's own in a file in `folder`, unless pip's own settings name some. Throws `Told` for a bundle
 * that is none.
 */
export function pipNetwork(env: NodeJS.ProcessEnv, folder: string, home = homedir()): NodeJS.ProcessEnv {
  const proxies = childProxies(env);
  if (!env["AWS_CA_BUNDLE"] || trustsByItself(env, home)) return proxies;
  const file = join(folder, "authorities.pem");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${trusted(env).join("\n")}\n`);
  return { ...proxies, PIP_CERT: file };
}

/** The settings that this supervisor was started with. */
export function carriedPipSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const value: unknown = JSON.parse(env[PIP_SETTINGS] ?? "{}");
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, setting]) => typeof setting === "string"));
}
