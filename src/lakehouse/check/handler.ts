import { basename } from "node:path";
import { nearest } from "../../config/index.ts";
import type { LakehouseConfig } from "../schema.ts";
import { codeIsOurs, isZipped } from "./files.ts";
import type { Problem } from "./problem.ts";
import { functionSection } from "../../services/lambda/section.ts";
import { folderFiles } from "../../services/python-files.ts";

/** Where a further function names none. */
const DEFAULT = functionSection.shape.handler.parse(undefined);

interface Coded {
  readonly path: readonly string[];
  readonly handler: string;
  readonly source: string;
}

/** Functions whose code apply zips from a folder: in Python, the one language whose handlers are read here. */
function codedOf(config: LakehouseConfig): Coded[] {
  const { handler, source } = config.function;
  const further = Object.entries(config.functions).flatMap(([id, one]): Coded[] =>
    one.source !== undefined && one.runtime.startsWith("python") && isZipped(config, one)
      ? [{ path: ["functions", id], handler: one.handler ?? DEFAULT, source: one.source }]
      : [],
  );
  return [...(codeIsOurs(config) ? [{ path: ["function"], handler, source }] : []), ...further];
}

/** `module.function` that the code does not have: Lambda would tell at the first file (Runtime.ImportModuleError). */
export const checkHandlers = (config: LakehouseConfig, projectDir: string): Problem[] =>
  codedOf(config).flatMap((one) => checkHandler(one, projectDir));

function checkHandler({ path: at, handler, source }: Coded, projectDir: string): Problem[] {
  const files = folderFiles(projectDir, source);
  if (files.length === 0) return [];
  const path = [...at, "handler"];
  const dot = handler.lastIndexOf(".");
  if (dot < 1 || dot === handler.length - 1)
    return [{ path, message: `\`${handler}\` is not of the form module.function`, suggestion: hint(files) }];
  // A package keeps its folder in the zip, so that it can be imported by its name.
  const root = files.some(({ inside }) => inside === "__init__.py") ? `${basename(source)}/` : "";
  const modules = new Map(files.map(({ inside, text }) => [moduleOf(`${root}${inside}`), text]));
  const name = handler.slice(0, dot).replaceAll("/", ".");
  const text = modules.get(name);
  if (text === undefined) {
    const near = nearest(name, [...modules.keys()]);
    return [
      {
        path,
        message: `there is no module \`${name}\` in ${source}`,
        suggestion: near ? `Did you mean \`${near}\`?` : `Modules there: ${[...modules.keys()].join(", ")}.`,
      },
    ];
  }
  const fn = handler.slice(dot + 1);
  return defines(text, fn)
    ? []
    : [{ path, message: `the module \`${name}\` in ${source} defines no \`${fn}\``, suggestion: hint(files) }];
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
