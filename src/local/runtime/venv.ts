import { rm } from "node:fs/promises";
import { join } from "node:path";
import { LocalProblem } from "../problem.ts";
import { pipNetwork } from "./pip.ts";
import type { PythonFound } from "./python.ts";
import { run, type Ran } from "./run.ts";

export interface VenvInstall {
  folder: string;
  python: PythonFound;
  /** Files of pinned, hashed requirements, installed in this order. */
  requirements: { build: string; run: string };
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  onProgress(text: string): void;
}

/** Makes the private virtual environment anew and fills it. */
export async function installVenv(o: VenvInstall): Promise<void> {
  await rm(o.folder, { recursive: true, force: true });
  o.onProgress(`Making a private Python ${o.python.version} environment`);
  const options = {
    env: { ...pipEnvironment(o.env), ...pipNetwork(o.env, join(o.folder, "..")) },
    ...(o.signal ? { signal: o.signal } : {}),
  };
  const made = await run(o.python.executable, ["-I", "-m", "venv", o.folder], options);
  if (made.code !== 0) throw venvFailed(o, made);
  const pip = async (args: string[], onLine?: (line: string) => void): Promise<void> => {
    const all = [
      "-I",
      "-m",
      "pip",
      "install",
      "--no-input",
      "--disable-pip-version-check",
      "--require-hashes",
      ...args,
    ];
    const ran = await run(`${o.folder}/bin/python`, all, { ...options, ...(onLine ? { onLine } : {}) });
    if (ran.code !== 0) throw pipFailed(ran);
  };
  o.onProgress("Installing Python packages: the emulator and Spark (about 330 MB, once)");
  await pip(["-r", o.requirements.build]);
  // pyspark comes as source and is built with the setuptools just pinned, not with whatever is newest today.
  await pip(["--no-build-isolation", "-r", o.requirements.run], (line) => {
    const name = /^Collecting (pyspark|ministack)==(\S+)/.exec(line);
    if (name !== null) o.onProgress(`Installing Python packages: ${name[1]} ${name[2]}`);
    else if (line.startsWith("Installing collected packages")) o.onProgress("Installing Python packages: unpacking");
  });
}

/** The user's own settings of pip (index, certificates, cache) count; what would redirect the installation does not. */
function pipEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const clean = { ...env };
  for (const name of [
    "PYTHONPATH",
    "PYTHONHOME",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIRE_VIRTUALENV",
    "VIRTUAL_ENV",
  ])
    delete clean[name];
  return clean;
}

function venvFailed(o: VenvInstall, ran: Ran): LocalProblem {
  const text = lastLine(ran);
  if (/ensurepip|python3\S*-venv/.test(ran.stdout + ran.stderr)) {
    const minor = o.python.version.split(".").slice(0, 2).join(".");
    return new LocalProblem(
      "python_without_venv",
      `Python ${o.python.version} (${o.python.executable}) cannot make a virtual environment: ensurepip is missing.`,
      `On Debian or Ubuntu: sudo apt-get install python${minor}-venv. Or point METRICCARE_PYTHON at another Python.`,
    );
  }
  return new LocalProblem(
    "venv_failed",
    `The Python environment could not be made: ${text}`,
    "Check that the disk is not full and that the project folder can be written.",
  );
}

function pipFailed(ran: Ran): LocalProblem {
  const all = ran.stdout + ran.stderr;
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/.test(all))
    return new LocalProblem(
      "checksum",
      "A Python package did not arrive as it should: its SHA-256 is not the pinned one.",
      "Nothing of it was used. Run the command again; if it stays so, the index that pip was sent to serves another file.",
    );
  if (/No space left/i.test(all))
    return new LocalProblem(
      "disk_full",
      "The disk is full: the Python packages need about 800 MB.",
      "Make room and run the command again.",
    );
  if (
    /ConnectionError|NewConnectionError|Connection broken|Could not fetch|Temporary failure|timed out|No matching distribution|SSLError/i.test(
      all,
    )
  )
    return new LocalProblem(
      "download_failed",
      `The Python packages could not be fetched: ${lastLine(ran)}`,
      "They are needed once. Check the network, HTTPS_PROXY, AWS_CA_BUNDLE and pip's settings (index, certificates), and run the command again: what has arrived is kept in pip's cache.",
    );
  return new LocalProblem(
    "pip_failed",
    `The Python packages could not be installed: ${lastLine(ran)}`,
    "Run the command again.",
  );
}

function lastLine(ran: Ran): string {
  const lines = `${ran.stdout}\n${ran.stderr}`.split("\n").filter((line) => line.trim() !== "");
  const error = lines.filter((line) => line.startsWith("ERROR:")).at(-1);
  // A proxy or an index may be named with its password.
  return (error ?? lines.at(-1) ?? "no output").replace(/^ERROR: /, "").replace(/\/\/[^/\s@]+@/g, "//");
}
