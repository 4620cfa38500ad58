import { LocalProblem } from "../problem.ts";
import { run } from "./run.ts";

/** A Python that can carry the emulator and Spark. */
export interface PythonFound {
  executable: string;
  version: string;
}

// 3.11 first: it is Glue 5.0's. Spark 3.5 does not run on 3.14.
const NAMES = ["python3.11", "python3", "python3.12", "python3.13", "python3.10", "python"];
const OLDEST = 10;
const NEWEST = 13;

const PROBE = `
import importlib.util as u, json, sys
print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:3]),
  "venv": all(u.find_spec(m) is not None for m in ("venv", "ensurepip"))}))
`;

interface Probe {
  executable: string;
  version: number[];
  venv: boolean;
}

/** The first suitable Python; METRICCARE_PYTHON, when set, is the only one asked. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<PythonFound> {
  const wanted = env["METRICCARE_PYTHON"];
  const names = wanted !== undefined && wanted !== "" ? [wanted] : NAMES;
  const seen: string[] = [];
  let withoutVenv: Probe | undefined;
  for (const name of names) {
    const probe = await probePython(name, env);
    if (probe === undefined) continue;
    const version = probe.version.join(".");
    if (!isSuitable(probe)) seen.push(`${name} is ${version}`);
    else if (probe.venv) return { executable: probe.executable, version };
    else withoutVenv ??= probe;
  }
  if (withoutVenv !== undefined) throw venvMissing(withoutVenv);
  throw new LocalProblem(
    "no_python",
    `The embedded AWS needs Python 3.${OLDEST} to 3.${NEWEST}, and none was found (looked for ${names.join(", ")}` +
      `${seen.length > 0 ? `; ${seen.join(", ")}` : ""}).`,
    "Install one, for example Python 3.11, or point METRICCARE_PYTHON at one that is already there.",
  );
}

function venvMissing(probe: Probe): LocalProblem {
  const minor = `${probe.version[0]}.${probe.version[1]}`;
  return new LocalProblem(
    "python_without_venv",
    `Python ${probe.version.join(".")} (${probe.executable}) lacks the modules venv and ensurepip, which the embedded AWS installs itself with.`,
    `On Debian or Ubuntu: sudo apt-get install python${minor}-venv. Or point METRICCARE_PYTHON at another Python.`,
  );
}

function isSuitable(probe: Probe): boolean {
  const [major = 0, minor = 0] = probe.version;
  return major === 3 && minor >= OLDEST && minor <= NEWEST;
}

async function probePython(name: string, env: NodeJS.ProcessEnv): Promise<Probe | undefined> {
  const ran = await run(name, ["-I", "-c", PROBE], { env });
  if (ran.code !== 0) return undefined;
  try {
    const value: unknown = JSON.parse(ran.stdout);
    return isProbe(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isProbe(value: unknown): value is Probe {
  return (
    typeof value === "object" &&
    value !== null &&
    "executable" in value &&
    typeof value.executable === "string" &&
    "version" in value &&
    Array.isArray(value.version) &&
    "venv" in value
  );
}
