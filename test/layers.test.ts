import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const src = resolve(import.meta.dirname, "../src");

/** Who may import whom: the arrows of the architecture. `engine` and `config` know neither AWS nor the services. */
const MAY: Record<string, readonly string[]> = {
  clock: [],
  aws: ["clock"],
  engine: ["clock"],
  config: [],
  services: ["config", "engine", "aws", "clock"],
  lakehouse: ["services", "config", "engine", "aws", "clock"],
  operate: ["lakehouse", "services", "engine", "aws", "clock"],
  local: ["aws", "clock"],
  ui: ["engine", "operate", "clock"],
  cli: ["ui", "operate", "local", "lakehouse", "services", "config", "engine", "aws", "clock"],
};

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(src, file));

/** Module names in import and export statements and in import() calls; comments and strings elsewhere do not count. */
function imports(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const found = code.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g,
  );
  return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");

describe("layers", () => {
  it("import only downwards", () => {
    const wrong: string[] = [];
    for (const file of files) {
      const layer = relative(src, file).split("/")[0] ?? "";
      for (const name of imports(readFileSync(file, "utf8"))) {
        if (!name.startsWith(".")) continue;
        const target = relative(src, resolve(dirname(file), name)).split("/")[0] ?? "";
        if (target === ".." || target === layer) continue;
        if (!MAY[layer]?.includes(target))
          wrong.push(`${relative(src, file)} imports ${name}: ${layer} may not know ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has only known layers", () => {
    expect(new Set(files.map((file) => relative(src, file).split("/")[0]))).toEqual(new Set(Object.keys(MAY)));
  });

  it("keeps timers in src/clock and printing in src/ui", () => {
    const wrong = files.flatMap((file) => {
      const layer = relative(src, file).split("/")[0] ?? "";
      const code = readFileSync(file, "utf8")
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/\/\/.*$/gm, "");
      return [
        ...(layer !== "clock" && /\b(setTimeout|setInterval|Date\.now)\(/.test(code)
          ? [`${relative(src, file)}: a timer outside src/clock`]
          : []),
        ...(layer !== "ui" && /\bconsole\.(log|error|warn|info|debug)\(/.test(code)
          ? [`${relative(src, file)}: prints outside src/ui`]
          : []),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it("names no partition outside the ARN builder", () => {
    const wrong = files
      .filter((file) => /["'`]arn:aws:/.test(withoutComments(readFileSync(file, "utf8"))))
      .map((file) => relative(src, file));
    expect(wrong).toEqual([]);
  });
});
