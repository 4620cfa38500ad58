// Bundles the CLI into dist/. Code splitting keeps every AWS client out of start-up: each is a chunk loaded on first use.
import { chmod, cp, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { calledOnly, englishOnly, noChildren, notAsked, parsedOnce } from "./leave-out.mjs";

const root = new URL("..", import.meta.url).pathname;
// Built beside dist/ and put in its place at the end: a command that starts meanwhile finds the old one or the new one.
const fresh = await mkdtemp(`${root}.dist-`);
await chmod(fresh, 0o755);
const common = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  format: "esm",
  platform: "node",
  // The AWS SDK publishes ES modules under "module": their names survive a dynamic import, and what is not used falls away.
  mainFields: ["module", "main"],
  target: "node20",
  sourcemap: "linked",
  logLevel: "warning",
  legalComments: "none",
  // Names stay: they stand in the stack of an error that is a bug.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [calledOnly(root), englishOnly, parsedOnce, notAsked],
};

/**
 * The command line, in pieces that are loaded when they are used. Only ES modules can be split, and only of CommonJS can what was
 * compiled be kept on every Node (src/cli/compiled.ts): each piece is turned into that.
 */
async function commandLine() {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { main: "src/cli/main.ts" },
    splitting: true,
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": "__here" },
    sourcemap: "inline",
    write: false,
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const name = basename(path);
      const here = text.includes("__here") ? 'const __here=require("node:url").pathToFileURL(__filename).href;' : "";
      const { code, map } = await transform(text, {
        format: "cjs",
        platform: "node",
        target: common.target,
        supported: { "dynamic-import": false },
        minifyWhitespace: true,
        minifySyntax: true,
        sourcemap: "external",
        sourcefile: name,
        // As ES modules are.
        banner: `"use strict";${here}`,
      });
      await writeFile(join(fresh, name), `${code}//# sourceMappingURL=${name}.map\n`);
      await writeFile(join(fresh, `${name}.map`), map);
    }),
  );
}

/** One file that is loaded with require(). */
const alone = { ...common, format: "cjs", outExtension: { ".js": ".cjs" } };

try {
  await Promise.all([
    commandLine(),
    build({ ...alone, entryPoints: { compiled: "src/cli/compiled.ts" } }),
    // Help and the version are told by one small file, whose commands are never run: see bin/metriccare.
    build({
      ...alone,
      entryPoints: { help: "src/cli/help.ts" },
      external: ["../commands/*"],
      plugins: [...common.plugins, noChildren],
    }),
    // The detached supervisor of the embedded AWS outlives a rebuild: one file, loaded at its start, with nothing to load later.
    build({
      ...common,
      entryPoints: { "local-server": "src/local/server.ts" },
      // Some dependencies are CommonJS and call require() for Node's own modules.
      banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
    }),
    // What Python runs behind the embedded AWS, and what it installs, are plain files beside the bundle.
    cp(`${root}src/local/python`, `${fresh}/python`, {
      recursive: true,
      filter: (path) => !path.includes("__pycache__"),
    }),
    cp(`${root}src/local/requirements`, `${fresh}/requirements`, { recursive: true }),
  ]);
  const old = `${fresh}.old`;
  await rename(`${root}dist`, old).catch(() => undefined);
  await rename(fresh, `${root}dist`);
  await rm(old, { recursive: true, force: true });
} finally {
  await rm(fresh, { recursive: true, force: true });
}
