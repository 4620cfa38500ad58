import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { LakehouseConfig } from "../schema.ts";
import { checkDataFlow } from "./data-flow.ts";
import { codeIsOurs } from "./files.ts";
import { keep, known, placeOf } from "./known-good.ts";
import { checkHandlers } from "./handler.ts";
import { zippedFiles } from "../../services/python-files.ts";
import type { Problem } from "./problem.ts";

/** Python of each version of Glue. Source: AWS Glue, "Release notes". */
const OF_GLUE: Readonly<Record<string, string>> = {
  "1.0": "3.6",
  "2.0": "3.7",
  "3.0": "3.7",
  "4.0": "3.10",
  "5.0": "3.11",
  "5.1": "3.11",
  "6.0": "3.12",
};

/** Python of Python shell jobs. Source: Glue, "Python shell jobs". */
const OF_SHELL = "3.9";

/** A file that a job or the function will run, and where the config names it. */
interface Script {
  readonly path: Problem["path"];
  readonly file: string;
  /** Python that runs it: 3.11. */
  readonly python: string;
}

/** Every Python file that apply uploads, once. */
export function scriptsOf(config: LakehouseConfig, projectDir: string): Script[] {
  const jobs = Object.entries(config.jobs).map(([id, { script, type, glueVersion = "5.0" }]) => ({
    path: ["jobs", id, "script"],
    file: script,
    python: type === "pythonshell" ? OF_SHELL : (OF_GLUE[glueVersion] ?? "3.11"),
  }));
  const lowest = jobs.map(({ python }) => python).toSorted(byVersion)[0] ?? "3.11";
  const uploads = Object.entries(config.uploads).flatMap(([id, { source, zip }]) =>
    (zip ? zippedFiles(projectDir, source).map(({ file }) => file) : [source]).map((file) => ({
      path: ["uploads", id, "source"],
      file,
      python: lowest,
    })),
  );
  const { source, runtime } = config.function;
  const code = codeIsOurs(config) ? zippedFiles(projectDir, source) : [];
  const own = code.map(({ file }) => ({
    path: ["function", "source"],
    file,
    python: runtime.replace("python", ""),
  }));
  const all = [...jobs, ...uploads, ...own].filter(
    ({ file }) => file.endsWith(".py") && existsSync(resolve(projectDir, file)),
  );
  return [...new Map(all.toReversed().map((one) => [resolve(projectDir, one.file), one])).values()].toReversed();
}

const numbers = (version: string): number[] => version.split(".").map(Number);
function byVersion(a: string, b: string): number {
  const [[a1 = 0, a2 = 0], [b1 = 0, b2 = 0]] = [numbers(a), numbers(b)];
  return a1 - b1 || a2 - b2;
}

/** Reads what to look at from stdin and says what it could not parse. Nothing of the scripts is run. */
const PROGRAM = `
import ast, json, sys
here = sys.version_info[:2]
wrong = []
for one in json.load(sys.stdin):
    try:
        with open(one["file"], "rb") as file:
            ast.parse(file.read(), feature_version=min(tuple(one["python"]), here))
    except SyntaxError as error:
        wrong.append({"file": one["file"], "line": error.lineno, "column": error.offset, "text": error.msg})
    except (ValueError, RecursionError, MemoryError) as error:
        wrong.append({"file": one["file"], "line": None, "column": None, "text": str(error)})
    except OSError:
        pass
print(json.dumps({"python": list(here), "wrong": wrong}))
`;

const found = z.object({
  file: z.string(),
  line: z.number().nullable(),
  column: z.number().nullable(),
  text: z.string(),
});
const answer = z.object({ python: z.array(z.number()), wrong: z.array(found) });
type Found = z.output<typeof found>;
type Answer = z.output<typeof answer>;

export interface ScriptsChecked {
  readonly problems: readonly Problem[];
  /** What this machine's Python does not know and the job's may. */
  readonly doubts: readonly Problem[];
  /** Why nothing was looked at. */
  readonly skipped?: string;
}

/**
 * What the scripts tell: the order of the jobs, the function's handler, and the syntax of all of them as this machine's python3
 * sees it. A job that cannot be parsed fails after minutes of start-up, a function that cannot be parsed loses its events.
 * Without a Python nothing is known of syntax.
 */
export async function checkScripts(config: LakehouseConfig, projectDir: string): Promise<ScriptsChecked> {
  const told = [...checkHandlers(config, projectDir), ...checkDataFlow(config, projectDir)];
  const scripts = scriptsOf(config, projectDir);
  if (scripts.length === 0) return { problems: told, doubts: [] };
  const said = await ask(
    scripts.map(({ file, python }) => ({ file: resolve(projectDir, file), python: numbers(python) })),
  );
  if (said === undefined)
    return {
      problems: told,
      doubts: [],
      skipped: "there is no python3 here, so the syntax of the scripts is not checked",
    };
  const here = said.python.join(".");
  const read = said.wrong.flatMap((wrong) => {
    const script = scripts.find(({ file }) => resolve(projectDir, file) === wrong.file);
    return script ? [{ script, problem: problemOf(script, wrong), sure: isSure(here, script, wrong) }] : [];
  });
  return {
    problems: [...told, ...read.filter(({ sure }) => sure).map(({ problem }) => problem)],
    doubts: read
      .filter(({ sure }) => !sure)
      .map(({ script, problem }) => ({
        ...problem,
        message: `${problem.message} (as Python ${here} of this machine reads it; it will run on ${script.python})`,
      })),
  };
}

/** Syntax that Python 3.12 and later have brought: type parameters and aliases, f-strings in f-strings, `except A, B:`. */
const NEWER = /\btype\s+\w|\b(def|class)\s+\w+\s*\[|\b[rR]?[fFtT][rR]?["']|\bexcept\s+\w+\s*,/;

/** An older Python than the job's does not know all that the job may say: only where nothing of that kind stands is it right. */
function isSure(here: string, { python }: Script, { file, line }: Found): boolean {
  if (byVersion(here, python) >= 0) return true;
  if (byVersion(here, "3.10") < 0) return false;
  const lines = readFileSync(file, "utf8").split("\n");
  return line === null || !NEWER.test(lines.slice(Math.max(0, line - 3), line + 1).join("\n"));
}

function problemOf({ path, file }: Script, { line, column, text }: Found): Problem {
  const at = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return { path, message: `${at} is no Python: ${text}`, suggestion: "Correct the script: nothing would run." };
}

const TIMEOUT_MS = 30_000;

/** What Python says of these, or has said before. */
async function ask(
  files: readonly { readonly file: string; readonly python: readonly number[] }[],
): Promise<Answer | undefined> {
  const place = placeOf(PROGRAM, files);
  const before = known(place);
  if (before !== undefined) {
    const told = answer.safeParse(parsed(before));
    if (told.success) return told.data;
  }
  const said = await askPython(files);
  if (said?.wrong.length === 0) keep(place, JSON.stringify(said));
  return said;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Isolated (\`-I\`): no settings and no modules of the user's; of the environment it gets where to look for python3. */
async function askPython(files: readonly object[]): Promise<Answer | undefined> {
  const text = await new Promise<string | undefined>((done) => {
    const child = spawn("python3", ["-I", "-S", "-c", PROGRAM], {
      env: { PATH: process.env["PATH"], SYSTEMROOT: process.env["SYSTEMROOT"] },
      stdio: ["pipe", "pipe", "ignore"],
      timeout: TIMEOUT_MS,
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", () => done(undefined));
    child.on("close", (code) => done(code === 0 ? Buffer.concat(chunks).toString("utf8") : undefined));
    // One that ends early leaves its stdin closed.
    child.stdin.on("error", () => undefined);
    child.stdin.end(JSON.stringify(files));
  });
  return text === undefined ? undefined : answer.parse(JSON.parse(text));
}
