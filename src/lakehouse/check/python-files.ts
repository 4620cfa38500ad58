import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

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
      return [{ file: join(folder, path), inside: path, text: readFileSync(join(full, entry.name), "utf8") }];
    });
}
