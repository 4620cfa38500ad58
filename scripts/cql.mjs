// Compiles the measures of docs/cql and runs them over the patients' records that come in:
// {"asOf": "2023-06-30", "records": [[<Patient>, <Encounter>, …], …]} to {"Answers": [<what each stay counts>], "Continued": [<ids>]}.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
// Beside the packages, which it finds there.
const outfile = resolve(root, "node_modules", `.cql-${process.pid}.mjs`);
await build({
  entryPoints: [resolve(root, "scripts/cql/index.ts")],
  absWorkingDir: root,
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  logLevel: "warning",
});
// The compiler's logger says on standard output that it is there.
const { write } = process.stdout;
process.stdout.write = process.stderr.write.bind(process.stderr);
try {
  const { answers } = await import(outfile);
  process.stdout.write = write;
  process.stdout.write(`${answers}\n`);
} finally {
  rmSync(outfile, { force: true });
}
