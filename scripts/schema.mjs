// Writes config/*.schema.json from the zod schema of the config: `npm run schema`.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const { outputFiles } = await build({
  entryPoints: [resolve(root, "src/lakehouse/json-schema.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  write: false,
});
const code = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`;
const { jsonSchemas, jsonSchemaText } = await import(code);
for (const [file, schema] of Object.entries(jsonSchemas())) {
  writeFileSync(resolve(root, "config", file), jsonSchemaText(schema));
}
