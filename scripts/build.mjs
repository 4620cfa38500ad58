// Bundles the CLI into dist/. Code splitting keeps every AWS client out of start-up: each is a chunk loaded on first use.
import { rm, cp } from "node:fs/promises";
import { build } from "esbuild";

const root = new URL("..", import.meta.url).pathname;
await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  // The CLI, and the entry of the detached supervisor of the embedded AWS.
  entryPoints: { main: "src/cli/main.ts", "local-server": "src/local/server.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "linked",
  logLevel: "warning",
  legalComments: "none",
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: { js: 'import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);' },
});
// What Python runs behind the embedded AWS is plain files beside the bundle.
await cp(`${root}src/local/python`, `${root}dist/python`, { recursive: true, force: true });
