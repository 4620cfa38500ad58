import { X509Certificate } from "node:crypto";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Env, proxyFor } from "../../aws/network/proxy-rules.ts";
import { bundleCertificates } from "../../aws/network/trust.ts";
import { LocalProblem } from "../problem.ts";
import type { JavaFound } from "./java.ts";
import { run } from "./run.ts";

/** Where Ivy fetches from: Maven's central repository, as its own settings have it. */
const REPOSITORY = new URL("https://repo1.maven.org/maven2/");

/** The password that every JDK's own store of authorities has: they are no secret. */
const STORE = ["-storepass", "changeit"];
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * A file of arguments for `java` that tells it the way out: the proxy of the environment, and a store of authorities with
 * those of AWS_CA_BUNDLE. A file, because a proxy's password must not stand on a command line. Undefined where Java's own
 * way is the right one.
 */
export async function javaArguments(env: Env, java: JavaFound, folder: string): Promise<string | undefined> {
  const options = [...proxyOptions(env), ...(await trustOptions(env, java, folder))];
  if (options.length === 0) return undefined;
  const file = join(folder, "java.args");
  await writeFile(file, options.map((option) => `${quoted(option)}\n`).join(""), { mode: 0o600 });
  return file;
}

/** Backslash and quote are Java's own in such a file. */
const quoted = (option: string): string => `"${option.replace(/[\\"]/g, String.raw`\$&`)}"`;

function proxyOptions(env: Env): string[] {
  const given = proxyFor(REPOSITORY, env);
  if (given === undefined || !URL.canParse(given)) return [];
  const proxy = new URL(given);
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  const options = [`-Dhttps.proxyHost=${host}`, `-Dhttps.proxyPort=${proxy.port || defaultPort(proxy)}`];
  if (proxy.username === "") return options;
  const [user, password] = [decodeURIComponent(proxy.username), decodeURIComponent(proxy.password)];
  return [
    ...options,
    // Ivy answers a proxy's question with these, whatever the protocol.
    `-Dhttp.proxyUser=${user}`,
    `-Dhttp.proxyPassword=${password}`,
    // Java gives no password to a proxy before TLS, unless told to.
    "-Djdk.http.auth.tunneling.disabledSchemes=",
  ];
}

const defaultPort = ({ protocol }: URL): string => (protocol === "https:" ? "443" : "80");

async function trustOptions(env: Env, java: JavaFound, folder: string): Promise<string[]> {
  const wanted = bundleCertificates(env);
  if (wanted.length === 0) return [];
  const store = join(folder, "authorities.jks");
  const own = join(java.home, "lib", "security", "cacerts");
  await copyFile(own, store).catch(() => {
    throw keytoolFailed(java, `${own} cannot be read`);
  });
  const known = await knownTo(java, store);
  const missing = wanted.filter((pem) => !known.has(new X509Certificate(pem).fingerprint256));
  if (missing.length === 0) return [];
  for (const [at, pem] of missing.entries()) {
    const file = join(folder, `authority-${at}.pem`);
    await writeFile(file, pem);
    const alias = ["-alias", `aws-ca-bundle-${at}`, "-file", file];
    await keytool(java, ["-importcert", "-noprompt", "-keystore", store, ...STORE, ...alias]);
  }
  return [`-Djavax.net.ssl.trustStore=${store}`, "-Djavax.net.ssl.trustStorePassword=changeit"];
}

async function knownTo(java: JavaFound, store: string): Promise<ReadonlySet<string>> {
  const listed = await keytool(java, ["-list", "-rfc", "-keystore", store, ...STORE]);
  return new Set((listed.match(PEM) ?? []).map((pem) => new X509Certificate(pem).fingerprint256));
}

async function keytool(java: JavaFound, args: string[]): Promise<string> {
  const ran = await run(join(java.home, "bin", "keytool"), args);
  if (ran.code === 0) return ran.stdout;
  throw keytoolFailed(java, `${ran.stdout}${ran.stderr}`.trim().split("\n").at(-1) ?? "");
}

const keytoolFailed = (java: JavaFound, why: string): LocalProblem =>
  new LocalProblem(
    "ca_bundle",
    `The Java in ${java.home} could not be told of the authorities of AWS_CA_BUNDLE (${why}).`,
    "Set JAVA_HOME to another Java.",
  );
