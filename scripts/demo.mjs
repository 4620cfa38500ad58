// The main job, end to end, on the embedded AWS: what `npm run demo` does is what a person would type.
// Option: --keep leaves the embedded AWS running.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, "bin", "metriccare");

/** Runs one command of the CLI; answers its exit code and what it printed. */
function metriccare(args, { quiet = false } = {}) {
  if (!quiet) process.stdout.write(`\n$ metriccare ${args.join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (!quiet) process.stdout.write(chunk);
    });
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGINT" ? 130 : 1), out }));
  });
}

/** One after the other until one fails; answers the last exit code. */
async function steps() {
  const applied = await metriccare(["apply", "--env", "local", "--yes"]);
  if (applied.code !== 0) return applied.code;
  const ingested = await metriccare(["ingest", "--env", "local", "--wait", "test/fhir-sample"]);
  if (ingested.code !== 0) return ingested.code;
  // Every file was known already: parameters of the measures may have changed since, and count from a next run on.
  if (!/^(Run|Started run) wr_/m.test(ingested.out)) {
    const ran = await metriccare(["run-workflow", "--env", "local", "--attach"]);
    if (ran.code !== 0) return ran.code;
  }
  const listed = await metriccare(["ledger", "list", "--env", "local"]);
  if (listed.code !== 0) return listed.code;
  return (await metriccare(["measures", "--env", "local", "--by", "overall"])).code;
}

async function main() {
  const before = await metriccare(["local", "status", "--json"], { quiet: true });
  const running = before.code === 0 && JSON.parse(before.out).running;
  try {
    process.exitCode = await steps();
  } finally {
    // What was running before the demo is somebody's: it stays.
    if (!running && !process.argv.includes("--keep")) await metriccare(["local", "down"]);
  }
}

// Ctrl-C reaches the child too; the demo itself only has to go on to its clean end.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
await main();
