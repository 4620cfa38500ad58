import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, link, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { LocalProblem } from "../problem.ts";
import type { JavaFound } from "./java.ts";
import { javaArguments } from "./java-network.ts";
import { run } from "./run.ts";

/** One line of requirements/jars.txt. */
export interface Jar {
  group: string;
  artifact: string;
  version: string;
  sha256: string;
  bytes: number;
}

/** The name of a jar's file. */
export const jarFile = (jar: Jar): string => `${jar.artifact}-${jar.version}.jar`;

/** Reads `group:artifact:version sha256 bytes`, a line each. */
export async function readJarList(file: string): Promise<Jar[]> {
  const jars: Jar[] = [];
  for (const line of (await readFile(file, "utf8")).split("\n")) {
    if (line.startsWith("#") || line.trim() === "") continue;
    const [coordinate = "", sha256 = "", bytes = ""] = line.trim().split(/\s+/);
    const [group = "", artifact = "", version = ""] = coordinate.split(":");
    if (version === "" || !/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${file}: cannot read the line ${line}`);
    jars.push({ group, artifact, version, sha256, bytes: Number(bytes) });
  }
  return jars;
}

export interface JarInstall {
  jars: Jar[];
  /** The folder of the project that gets them. */
  target: string;
  /** The folder of the user that several projects share. */
  cache: string;
  ivy: string;
  java: JavaFound;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  onProgress(text: string): void;
}

/** Puts every jar, checked, into the project folder; fetches only those that neither it nor the cache has. */
export async function installJars(o: JarInstall): Promise<void> {
  await mkdir(o.target, { recursive: true });
  await mkdir(o.cache, { recursive: true });
  const missing: Jar[] = [];
  for (const jar of o.jars) {
    if (await isGood(join(o.target, jarFile(jar)), jar)) continue;
    if (await isGood(join(o.cache, jarFile(jar)), jar)) await placeFile(join(o.cache, jarFile(jar)), o.target, jar);
    else missing.push(jar);
  }
  if (missing.length === 0) return;
  const megabytes = Math.ceil(missing.reduce((sum, jar) => sum + jar.bytes, 0) / 1e6);
  o.onProgress(`Fetching ${missing.length} Java libraries (${megabytes} MB, Hudi and S3 for Spark)`);
  const folder = await mkdtemp(join(o.cache, "fetch-"));
  try {
    const failed = await fetchWithIvy(missing, folder, o);
    for (const jar of missing) {
      const file = join(folder, "jars", jarFile(jar));
      // What has arrived is kept, also when the rest has not.
      if (failed !== undefined && !(await isGood(file, jar))) continue;
      await check(file, jar);
      // A rename inside one folder tree: another project that reads the cache sees a whole file or none.
      await rename(file, join(o.cache, jarFile(jar)));
      await placeFile(join(o.cache, jarFile(jar)), o.target, jar);
    }
    if (failed !== undefined) throw failed;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchWithIvy(jars: Jar[], folder: string, o: JarInstall): Promise<LocalProblem | undefined> {
  const dependencies = jars.map(
    (jar) =>
      `    <dependency org="${jar.group}" name="${jar.artifact}" rev="${jar.version}" transitive="false" conf="default->master"/>`,
  );
  const file = join(folder, "ivy.xml");
  await writeFile(
    file,
    `<ivy-module version="2.0">\n  <info organisation="local" module="metriccare"/>\n  <configurations><conf name="default"/></configurations>\n` +
      `  <dependencies>\n${dependencies.join("\n")}\n  </dependencies>\n</ivy-module>\n`,
  );
  const pattern = join(folder, "jars", "[artifact]-[revision].[ext]");
  const network = await javaArguments(o.env, o.java, folder);
  const way = network === undefined ? [] : [`@${network}`];
  const args = [
    ...way,
    "-jar",
    o.ivy,
    "-cache",
    join(folder, "ivy"),
    "-ivy",
    file,
    "-retrieve",
    pattern,
    "-types",
    "jar",
  ];
  const ran = await run(o.java.executable, args, {
    env: o.env,
    cwd: folder,
    ...(o.signal ? { signal: o.signal } : {}),
  });
  if (ran.code === 0) return undefined;
  const lines = `${ran.stdout}\n${ran.stderr}`.split("\n");
  const told = lines
    // Java repeats JAVA_TOOL_OPTIONS, and with it a proxy's password.
    .filter(
      (line) =>
        !line.startsWith("Picked up ") && /UNRESOLVED|FAILED|Exception|unreachable|timed out|not found/i.test(line),
    )
    .slice(0, 3);
  return new LocalProblem(
    "download_failed",
    `The Java libraries of Spark could not be fetched from Maven's repository${told.length > 0 ? ` (${told.map((line) => line.trim()).join("; ")})` : ""}.`,
    "They are needed once. Check the network, HTTPS_PROXY and AWS_CA_BUNDLE, and run the command again: what has arrived is kept.",
  );
}

async function check(file: string, jar: Jar): Promise<void> {
  if (await isGood(file, jar)) return;
  throw new LocalProblem(
    "checksum",
    `${jar.group}:${jar.artifact}:${jar.version} did not arrive as it should: its SHA-256 is not the pinned one.`,
    "Nothing of it was used. Run the command again; if it stays so, the repository that Java was sent to serves another file.",
  );
}

/** Whether a file is the pinned one, by its hash. */
export async function isGood(file: string, jar: Jar): Promise<boolean> {
  try {
    if ((await stat(file)).size !== jar.bytes) return false;
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    return hash.digest("hex") === jar.sha256;
  } catch {
    return false;
  }
}

/** A hard link where the file systems allow it, else a copy; whole or not at all. */
async function placeFile(from: string, folder: string, jar: Jar): Promise<void> {
  const temporary = join(folder, `.${jarFile(jar)}.new`);
  await rm(temporary, { force: true });
  await link(from, temporary).catch(() => copyFile(from, temporary));
  await rename(temporary, join(folder, jarFile(jar)));
}
