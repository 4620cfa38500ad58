import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { MAY, ROOMS } from "./harness/layers.ts";

const src = resolve(import.meta.dirname, "../src");

/** What lies loose in `operate`, at most. */
const LOOSE = 16;

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

/** Files of ours that a file imports, types too: a name that is needed for its type alone is knowledge all the same. */
const importsOf = (file: string): string[] =>
  imports(readFileSync(file, "utf8"))
    .filter((name) => name.startsWith("."))
    .map((name) => resolve(dirname(file), name))
    .filter((target) => target.endsWith(".ts"));

/** A chain of imports among these files that comes back to where it began; undefined when there is none. */
function circle(among: readonly string[]): string[] | undefined {
  const done = new Set<string>();
  const look = (file: string, chain: readonly string[]): string[] | undefined => {
    if (chain.includes(file)) return [...chain.slice(chain.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of importsOf(file).filter((each) => among.includes(each))) {
      const found = look(target, [...chain, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of among) {
    const found = look(file, []);
    if (found) return found.map((each) => relative(src, each));
  }
  return undefined;
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
        if (target === ".." || target === layer || target === "codes") continue;
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

describe("the rooms of operate", () => {
  const operate = join(src, "operate");
  const inOperate = files.filter((file) => file.startsWith(`${operate}/`));
  /** The room of a file; undefined for one that lies loose. */
  const roomOf = (file: string): string | undefined => {
    const [room, ...rest] = relative(operate, file).split("/");
    return rest.length > 0 ? room : undefined;
  };

  it("are the known ones, and little lies loose beside them", () => {
    expect(new Set(inOperate.map(roomOf))).toEqual(new Set([undefined, ...Object.keys(ROOMS)]));
    expect(inOperate.filter((file) => roomOf(file) === undefined).length).toBeLessThanOrEqual(LOOSE);
  });

  it("import only downwards", () => {
    const wrong = inOperate.flatMap((file) => {
      const room = roomOf(file);
      if (room === undefined) return [];
      return importsOf(file)
        .map(roomOf)
        .filter((target) => target !== undefined && target !== room && target in ROOMS)
        .filter((target) => !ROOMS[room]?.includes(target ?? ""))
        .map((target) => `${relative(src, file)}: ${room} may not know ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("share only what knows no room", () => {
    const shared = new Set(
      inOperate
        .filter((file) => roomOf(file) !== undefined)
        .flatMap((file) =>
          importsOf(file).filter((target) => inOperate.includes(target) && roomOf(target) === undefined),
        ),
    );
    const wrong = [...shared].flatMap((file) =>
      importsOf(file)
        .filter((target) => inOperate.includes(target) && !shared.has(target))
        .map((target) => `${relative(src, file)} imports ${relative(src, target)}`),
    );
    expect(wrong).toEqual([]);
  });

  it("give an exported name to one thing", () => {
    const homes = new Map<string, string[]>();
    for (const file of inOperate)
      for (const [, name = ""] of readFileSync(file, "utf8").matchAll(
        /^export (?:async )?(?:function\*?|const|interface|type|class) (\w+)/gm,
      ))
        homes.set(name, [...(homes.get(name) ?? []), relative(src, file)]);
    expect([...homes].filter(([, places]) => places.length > 1)).toEqual([]);
  });

  it("import nothing in a circle", () => {
    expect(circle(inOperate)).toBeUndefined();
  });
});
