import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalProblem } from "../../../src/local/problem.ts";
import { findJava } from "../../../src/local/runtime/java.ts";
import { fakeJava, temporaryFolder } from "./fakes.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());
const problemOf = async (env: NodeJS.ProcessEnv): Promise<LocalProblem> => {
  const error: unknown = await findJava(env).catch((caught: unknown) => caught);
  if (!(error instanceof LocalProblem)) throw new Error(`no LocalProblem: ${String(error)}`);
  return error;
};

test("JAVA_HOME comes before the PATH", async () => {
  const home = join(folder.dir, "seventeen");
  fakeJava(home, "17.0.15");
  fakeJava(join(folder.dir, "path"), "21.0.1");
  const env = { JAVA_HOME: home, PATH: join(folder.dir, "path", "bin") };
  expect(await findJava(env)).toEqual({ executable: join(home, "bin", "java"), version: "17.0.15", home });
});

test("an old JAVA_HOME does not hide a good java on the PATH", async () => {
  const old = join(folder.dir, "eight");
  fakeJava(old, "1.8.0_402");
  fakeJava(join(folder.dir, "path"), "21.0.1");
  expect((await findJava({ JAVA_HOME: old, PATH: join(folder.dir, "path", "bin") })).version).toBe("21.0.1");
});

test("without any, it says where it looked and what to install", async () => {
  const problem = await problemOf({ PATH: folder.dir, JAVA_HOME: "/nowhere" });
  expect(problem.code).toBe("no_java");
  expect(problem.message).toContain("JAVA_HOME=/nowhere");
  expect(problem.fix).toContain("17");
});

test("one that is too old is named", async () => {
  fakeJava(folder.dir, "11.0.2");
  const problem = await problemOf({ PATH: join(folder.dir, "bin") });
  expect(problem.code).toBe("java_version");
  expect(problem.message).toContain(`needs Java 17 to 21; found was Java 11.0.2 in ${folder.dir}`);
  expect(problem.message).not.toMatch(/none was|no Java/);
});
