// What things cost, measured on the embedded AWS: `npm run bench`, or a part of it: `npm run bench -- ledger`.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { calledOnly } from "./leave-out.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
await import("./build.mjs");
const outdir = join(root, ".metriccare", "bench");
const outfile = join(outdir, "index.mjs");
const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "warning",
};
await Promise.all([
  build({ ...common, entryPoints: ["bench/index.ts"], outfile, packages: "external" }),
  // What is held against the command line is bundled as that one is: its start is part of what is compared.
  build({
    ...common,
    entryPoints: { floor: "bench/terraform/floor.ts" },
    outdir: join(outdir, "floor"),
    outExtension: { ".js": ".mjs" },
    splitting: true,
    mainFields: ["module", "main"],
    minifyWhitespace: true,
    minifySyntax: true,
    plugins: [calledOnly(root)],
    banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
  }),
]);
const child = spawn(process.execPath, ["--enable-source-maps", outfile, root, ...process.argv.slice(2)], {
  stdio: "inherit",
});
child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1)));
// A terminal tells both; whoever kills only this process means the benchmark too.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
