import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { codeOf } from "./python-code.ts";

export interface SourceFile {
  /** Relative to the project folder, as it is shown. */
  readonly file: string;
  /** Relative to the folder that was asked for, with `/`. */
  readonly inside: string;
  readonly text: string;
}

/** The Python files of a folder of the project, as its zip has them: no caches, no hidden files. */
export function folderFiles(projectDir: string, folder: string, inside = ""): SourceFile[] {
  const full = resolve(projectDir, folder, inside);
  if (!existsSync(full) || !statSync(full).isDirectory()) return [];
  return readdirSync(full, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && name !== "__pycache__")
    .flatMap((entry): SourceFile[] => {
      const path = inside ? `${inside}/${entry.name}` : entry.name;
      if (entry.isDirectory()) return folderFiles(projectDir, folder, path);
      if (!entry.name.endsWith(".py")) return [];
      const text = textOf(join(full, entry.name));
      return text === undefined ? [] : [{ file: join(folder, path), inside: path, text }];
    });
}

/** What cannot be read (a link to nowhere) is told where the zip is made. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** What a file imports, by the first part of its name: `a` of `import a.b`, of `from a.b import c`, and of `import x, a`. */
function importsOf(text: string): string[] {
  return [...codeOf(text).matchAll(/^[ \t]*(?:from[ \t]+([A-Za-z_]\w*)|import[ \t]+([^\n]+))/gm)].flatMap(
    ([, from, list = ""]) => (from ? [from] : list.split(",").map((one) => /^\s*(\w*)/.exec(one)?.[1] ?? "")),
  );
}

/**
 * Packages beside a folder that its code imports, and what these import of that kind: they go into its zip, where Python
 * finds them as it does from the project. What the zip has a module of by that name already is its own affair.
 */
export function packagesBeside(projectDir: string, folder: string): string[] {
  const parent = dirname(folder);
  const found = new Set<string>();
  const look = (files: readonly SourceFile[]): void => {
    for (const name of new Set(files.flatMap(({ text }) => importsOf(text)))) {
      const path = join(parent, name);
      if (found.has(path) || name === basename(folder) || isOwn(projectDir, folder, name)) continue;
      if (!existsSync(resolve(projectDir, path, "__init__.py"))) continue;
      found.add(path);
      look(folderFiles(projectDir, path));
    }
  };
  look(folderFiles(projectDir, folder));
  return [...found].toSorted();
}

const isOwn = (projectDir: string, folder: string, name: string): boolean =>
  name === "" || [name, `${name}.py`].some((own) => existsSync(resolve(projectDir, folder, own)));

/** The Python files of a folder's zip: its own, and of the packages beside it that they import. */
export const zippedFiles = (projectDir: string, folder: string): SourceFile[] =>
  [folder, ...packagesBeside(projectDir, folder)].flatMap((one) => folderFiles(projectDir, one));
