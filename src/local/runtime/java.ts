import { join } from "node:path";
import { LocalProblem } from "../problem.ts";
import { run } from "./run.ts";

/** A Java that can carry Spark. */
export interface JavaFound {
  executable: string;
  version: string;
  /** What JAVA_HOME has to be for Spark's own start script, when the executable is not simply `java` on the PATH. */
  home: string;
}

// Spark 3.5 runs on 17 and is not tested beyond 21.
const OLDEST = 17;
const NEWEST = 21;

/** The Java to use: JAVA_HOME first, as Spark's scripts do, then `java` on the PATH. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<JavaFound> {
  const home = env["JAVA_HOME"];
  const candidates = home !== undefined && home !== "" ? [join(home, "bin", "java"), "java"] : ["java"];
  const seen: string[] = [];
  for (const executable of candidates) {
    const ran = await run(executable, ["-XshowSettings:properties", "-version"], { env });
    const version = /java\.version = (\S+)/.exec(ran.stderr)?.[1];
    const found = /java\.home = (.+)/.exec(ran.stderr)?.[1]?.trim();
    if (ran.code !== 0 || version === undefined || found === undefined) continue;
    if (isSuitable(version)) return { executable: join(found, "bin", "java"), version, home: found };
    seen.push(`Java ${version} in ${found}`);
  }
  const looked = `${home ? `JAVA_HOME=${home} and ` : ""}java on the PATH`;
  const there = [...new Set(seen)];
  throw new LocalProblem(
    there.length > 0 ? "java_version" : "no_java",
    `The embedded AWS runs Spark, which needs Java ${OLDEST} to ${NEWEST}; ` +
      (there.length > 0
        ? `found was ${there.join(" and ")} (looked at ${looked}).`
        : `no Java was found (looked at ${looked}).`),
    `Install a Java ${OLDEST} runtime (for example openjdk-${OLDEST}-jre-headless), or set JAVA_HOME to one that is already there.`,
  );
}

function isSuitable(version: string): boolean {
  const major = Number(/^(?:1\.)?(\d+)/.exec(version)?.[1] ?? "0");
  return major >= OLDEST && major <= NEWEST;
}
