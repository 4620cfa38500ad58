// What things cost, measured on the embedded AWS: `npm run bench`, or a part of it: `npm run bench -- ledger`.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
await import("./build.mjs");
const outfile = join(root, ".metriccare", "bench", "index.mjs");
await build({
  absWorkingDir: root,
  entryPoints: ["bench/index.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  packages: "external",
  target: "node20",
  logLevel: "warning",
});
const child = spawn(process.execPath, ["--enable-source-maps", outfile, root, ...process.argv.slice(2)], {
  stdio: "inherit",
});
child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1)));
// A terminal tells both; whoever kills only this process means the benchmark too.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
