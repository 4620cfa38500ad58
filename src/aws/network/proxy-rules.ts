import { BlockList, isIP } from "node:net";

/** Environment variables, as the process has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The value of a variable that exists in both cases; the small one wins, as with curl, pip and the AWS CLI. */
const either = (env: Env, name: string): string => env[name.toLowerCase()]?.trim() || env[name]?.trim() || "";

/** The host of a URL without the brackets of IPv6. */
const bare = (host: string): string => host.replace(/^\[|\]$/g, "").toLowerCase();

/** This machine itself: no proxy could reach it. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "::1" || host === "localhost" || host.endsWith(".localhost");
}

/** Instance and container metadata: link-local addresses that exist on this machine alone. */
const isMetadata = (hostname: string): boolean => /^(169\.254\.|fd00:ec2:)/.test(bare(hostname));

function inNetwork(host: string, entry: string): boolean {
  const [address = "", bits = ""] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  try {
    const list = new BlockList();
    list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
    return list.check(host, family === 4 ? "ipv4" : "ipv6");
  } catch {
    // More bits than an address has: nothing lies in it.
    return false;
  }
}

function parts(entry: string): { name: string; port: string | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry);
  if (bracketed) return { name: bracketed[1] ?? "", port: bracketed[2] };
  const [name = "", port, more] = entry.split(":");
  // Several colons: an IPv6 address without brackets.
  return more === undefined ? { name, port } : { name: entry, port: undefined };
}

/** One entry of NO_PROXY: `*`, a host and what is below it (with or without a leading dot), an address, a network; all may name a port. */
function exempts(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inNetwork(host, entry);
  const wanted = parts(entry);
  if (wanted.port !== undefined && wanted.port !== port) return false;
  if (isIP(wanted.name) !== 0) return host === wanted.name;
  const suffix = wanted.name.replace(/^\*?\.?/, "");
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

const DEFAULT_PORT: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** The proxy that a URL is asked through, as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say; undefined for none. */
export function proxyFor(url: URL, env: Env): string | undefined {
  if (isLoopback(url.hostname) || isMetadata(url.hostname)) return undefined;
  const proxy = either(env, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === "") return undefined;
  const port = url.port || (DEFAULT_PORT[url.protocol] ?? "");
  const exempt = either(env, "NO_PROXY")
    .toLowerCase()
    .split(/[,\s]+/);
  if (exempt.some((entry) => entry !== "" && exempts(entry, bare(url.hostname), port))) return undefined;
  // Written without a scheme it is an HTTP proxy, as everywhere else.
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** A proxy as it may be shown: without its user and password. */
export function shownProxy(proxy: string): string {
  try {
    const { protocol, host } = new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
    return `${protocol}//${host}`;
  } catch {
    return "a proxy that is no URL";
  }
}

/** True when the environment asks for anything but a direct line with Node's own trust. */
export const isSpecial = (env: Env): boolean =>
  ["HTTPS_PROXY", "HTTP_PROXY"].some((name) => either(env, name) !== "") || (env.AWS_CA_BUNDLE ?? "") !== "";

/** Proxy variables for a child process: what this machine serves itself stays direct there too. */
export function childProxies(env: Env): Record<string, string> {
  const https = either(env, "HTTPS_PROXY");
  const http = either(env, "HTTP_PROXY");
  if (https === "" && http === "") return {};
  const exempt = [either(env, "NO_PROXY"), "localhost", "127.0.0.1", "::1"].filter((entry) => entry !== "").join(",");
  const set = { HTTPS_PROXY: https, HTTP_PROXY: http, NO_PROXY: exempt };
  return Object.fromEntries(
    Object.entries(set).flatMap(([name, value]) =>
      value === ""
        ? []
        : [
            [name, value],
            [name.toLowerCase(), value],
          ],
    ),
  );
}
