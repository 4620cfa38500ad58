import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LocalProblem } from "../../../src/local/problem.ts";
import { findPython } from "../../../src/local/runtime/python.ts";
import { fakePython, program, temporaryFolder } from "./fakes.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());
const inPath = (): NodeJS.ProcessEnv => ({ PATH: `${folder.dir}:/usr/bin:/bin` });
// Only our own folder: the machine's Python must not help.
const alone = (): NodeJS.ProcessEnv => ({ PATH: folder.dir });
const problemOf = async (env: NodeJS.ProcessEnv): Promise<LocalProblem> => {
  const error: unknown = await findPython(env).catch((caught: unknown) => caught);
  if (!(error instanceof LocalProblem)) throw new Error(`no LocalProblem: ${String(error)}`);
  return error;
};

test("Glue's own 3.11 comes before a newer python3", async () => {
  fakePython(join(folder.dir, "python3"), [3, 13, 1]);
  const wanted = fakePython(join(folder.dir, "python3.11"), [3, 11, 9]);
  expect(await findPython(inPath())).toEqual({ executable: wanted, version: "3.11.9" });
});

test("METRICCARE_PYTHON is the only one asked", async () => {
  fakePython(join(folder.dir, "python3.11"), [3, 11, 9]);
  const wanted = fakePython(join(folder.dir, "other", "py"), [3, 12, 1]);
  expect((await findPython({ ...inPath(), METRICCARE_PYTHON: wanted })).executable).toBe(wanted);
  const problem = await problemOf({ ...inPath(), METRICCARE_PYTHON: join(folder.dir, "absent") });
  expect(problem.code).toBe("no_python");
  expect(problem.message).toContain(join(folder.dir, "absent"));
});

test("one that is too old or too new is named, and what to do", async () => {
  fakePython(join(folder.dir, "python3"), [3, 9, 2]);
  fakePython(join(folder.dir, "python"), [3, 14, 0]);
  const problem = await problemOf(alone());
  expect(problem.code).toBe("no_python");
  expect(problem.message).toContain("python3 is 3.9.2");
  expect(problem.message).toContain("python is 3.14.0");
  expect(problem.fix).toContain("METRICCARE_PYTHON");
});

test("a Python without venv is passed over for one with it, and named when it is the only one", async () => {
  fakePython(join(folder.dir, "python3.11"), [3, 11, 2], false);
  expect((await problemOf(alone())).code).toBe("python_without_venv");
  expect((await problemOf(alone())).fix).toContain("python3.11-venv");
  const good = fakePython(join(folder.dir, "python3.12"), [3, 12, 0]);
  expect((await findPython(alone())).executable).toBe(good);
});

test("what fails or talks nonsense is no Python", async () => {
  program(join(folder.dir, "python3.13"), "echo 'pyenv: python3.13: command not found' >&2; exit 127");
  program(join(folder.dir, "python3"), "echo hello");
  expect((await problemOf(alone())).code).toBe("no_python");
});
