// Writes the documents that are made from the code: `npm run docs`. What they are made of stands in scripts/docs.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const { outputFiles } = await build({
  entryPoints: [resolve(root, "scripts/docs/index.ts")],
  absWorkingDir: root,
  bundle: true,
  splitting: false,
  platform: "node",
  format: "esm",
  // The handlers of commands are loaded when they run: here none does.
  external: ["../commands/*"],
  banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
  write: false,
  logLevel: "warning",
});
// A file, as what is bundled asks Node for its own modules by `require`.
const file = resolve(root, "node_modules", `.docs-${process.pid}.mjs`);
writeFileSync(file, outputFiles[0].contents);
try {
  const { documents } = await import(file);
  for (const { path, text } of documents) {
    const at = resolve(root, path);
    const current = existsSync(at) ? readFileSync(at, "utf8") : "";
    const fresh = text(current);
    if (fresh === current) continue;
    writeFileSync(at, fresh);
    console.log(`${path} is written.`);
  }
} finally {
  rmSync(file, { force: true });
}
