import { basename } from "node:path";
import { nearest } from "../../config/index.ts";
import type { LakehouseConfig } from "../schema.ts";
import { codeIsOurs } from "./files.ts";
import type { Problem } from "./problem.ts";
import { folderFiles } from "../../services/python-files.ts";

const PATH = ["function", "handler"] as const;

/** `module.function` that the code does not have: Lambda would tell at the first file (Runtime.ImportModuleError). */
export function checkHandler(config: LakehouseConfig, projectDir: string): Problem[] {
  const { handler, source } = config.function;
  if (!codeIsOurs(config)) return [];
  const files = folderFiles(projectDir, source);
  if (files.length === 0) return [];
  const dot = handler.lastIndexOf(".");
  if (dot < 1 || dot === handler.length - 1)
    return [{ path: PATH, message: `\`${handler}\` is not of the form module.function`, suggestion: hint(files) }];
  // A package keeps its folder in the zip, so that it can be imported by its name.
  const root = files.some(({ inside }) => inside === "__init__.py") ? `${basename(source)}/` : "";
  const modules = new Map(files.map(({ inside, text }) => [moduleOf(`${root}${inside}`), text]));
  const name = handler.slice(0, dot).replaceAll("/", ".");
  const text = modules.get(name);
  if (text === undefined) {
    const near = nearest(name, [...modules.keys()]);
    return [
      {
        path: PATH,
        message: `there is no module \`${name}\` in ${source}`,
        suggestion: near ? `Did you mean \`${near}\`?` : `Modules there: ${[...modules.keys()].join(", ")}.`,
      },
    ];
  }
  const fn = handler.slice(dot + 1);
  return defines(text, fn)
    ? []
    : [{ path: PATH, message: `the module \`${name}\` in ${source} defines no \`${fn}\``, suggestion: hint(files) }];
}

/** `a/b.py` is `a.b`, `a/__init__.py` is `a`. */
const moduleOf = (path: string): string => path.replace(/(\/__init__)?\.py$/, "").replaceAll("/", ".");

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A definition, an assignment or an import; what a star imports is not known, and neither is what stands inside an `if`. */
function defines(text: string, name: string): boolean {
  const word = escaped(name);
  return [
    new RegExp(`^\\s*(async\\s+)?def\\s+${word}\\s*[(\\[]`, "m"),
    new RegExp(`^\\s*class\\s+${word}\\b`, "m"),
    new RegExp(`^\\s*${word}\\s*(:[^=\\n]+)?=(?!=)`, "m"),
    new RegExp(`^\\s*(from\\s+\\S+\\s+)?import\\s[^#]*\\b${word}\\b`, "m"),
    /^\s*from\s+\S+\s+import\s+\*/m,
  ].some((form) => form.test(text));
}

/** Functions that look like handlers. */
function hint(files: readonly { readonly inside: string; readonly text: string }[]): string | undefined {
  const found = files.flatMap(({ inside, text }) =>
    [...text.matchAll(/^def (\w*handler\w*)\(/gm)].map((match) => `\`${moduleOf(inside)}.${match[1]}\``),
  );
  return found.length > 0 ? `There is ${found.join(", ")}.` : undefined;
}
