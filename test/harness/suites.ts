import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Whoever imports one of these starts a server: an AWS of moto's, or the embedded AWS without its Spark. */
const SERVERS = ["test/harness/moto.ts", "test/local/front/emulator-harness.ts"].map((file) => resolve(file));

/** No server, and yet more than `npm run check` should wait for: many processes, random configs, large graphs. */
const LONG = [
  "test/cli/mutations.test.ts",
  "test/cli/profiles.test.ts",
  "test/config-files/mutations.test.ts",
  "test/engine/scale.test.ts",
  "test/local/front/door.test.ts",
  "test/local/runtime/network.test.ts",
  "test/local/spark/script.test.ts",
  "test/sbom.test.ts",
];

/** The fast suite in two: what `npm run check` runs too, and what only `npm test` does. A file's imports say where it belongs. */
export function fastSuite(): { readonly unit: string[]; readonly served: string[] } {
  const known = new Map<string, boolean>();
  const files = readdirSync("test", { recursive: true, encoding: "utf8" })
    .map((name) => join("test", name))
    .filter((name) => name.endsWith(".test.ts") && !name.endsWith(".slow.test.ts"))
    .toSorted();
  const isServed = (file: string): boolean => LONG.includes(file) || startsServer(resolve(file), known);
  return { unit: files.filter((file) => !isServed(file)), served: files.filter(isServed) };
}

function startsServer(file: string, known: Map<string, boolean>): boolean {
  if (SERVERS.includes(file)) return true;
  const before = known.get(file);
  if (before !== undefined) return before;
  known.set(file, false); // a circle of imports is walked once
  const imported = [...readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+\.ts)"/g)].map(([, path]) =>
    resolve(dirname(file), path ?? ""),
  );
  const found = imported.some((one) => one.includes("/test/") && existsSync(one) && startsServer(one, known));
  known.set(file, found);
  return found;
}
