// The main job, end to end, on the embedded AWS: what `npm run demo` does is what a person would type.
// Option: --keep leaves the embedded AWS running.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "bin", "metriccare");
const sample = join(root, "test", "fhir-sample");

/** Runs one command of the CLI in the foreground; answers its exit code. */
function metriccare(args, { quiet = false } = {}) {
  if (!quiet) process.stdout.write(`\n$ metriccare ${args.join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: root,
      stdio: ["ignore", quiet ? "pipe" : "inherit", "inherit"],
    });
    let out = "";
    child.stdout?.on("data", (chunk) => (out += chunk));
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGINT" ? 130 : 1), out }));
  });
}

async function main() {
  const before = await metriccare(["local", "status", "--json"], { quiet: true });
  const running = before.code === 0 && JSON.parse(before.out).running;
  let code = 0;
  try {
    const steps = [
      ["apply", "--env", "local", "--yes"],
      ["ingest", "--env", "local", "--wait", sample.slice(root.length + 1)],
      ["ledger", "list", "--env", "local"],
      ["measures", "--env", "local", "--by", "overall"],
    ];
    for (const step of steps) {
      ({ code } = await metriccare(step));
      if (code !== 0) break;
    }
  } finally {
    // What was running before the demo is somebody's: it stays.
    if (!running && !process.argv.includes("--keep")) await metriccare(["local", "down"]);
  }
  process.exitCode = code;
}

// Ctrl-C reaches the child too; the demo itself only has to go on to its clean end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
await main();
