import { nearest, slipOf } from "../../config/index.ts";
import type { Problem } from "./problem.ts";

type Path = Problem["path"];

/** A hint for a reference that leads nowhere: the nearest id, or all of them. */
function hint(near: string | undefined, known: readonly string[]): string {
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return known.length > 0 ? `Known: ${known.join(", ")}.` : "None is declared.";
}

/** A problem when `section` has no `id`: "there is no job `x`". `key`: the section's own in the config, where it is one. */
export function missing(
  path: Path,
  what: string,
  id: string,
  section: Readonly<Record<string, unknown>>,
  key?: string,
): Problem[] {
  if (Object.hasOwn(section, id)) return [];
  const known = Object.keys(section);
  const near = nearest(id, known);
  const slip = slipOf(id, known);
  return [
    {
      path,
      message: `there is no ${what} \`${id}\``,
      suggestion: hint(near, known),
      ...(slip === undefined ? {} : { meant: { value: slip, instead: id } }),
      ...(key === undefined ? {} : { lacks: known.length > 0 ? [key, id] : [key], seenAt: [key] }),
    },
  ];
}

/** The same of what is looked for by default, and missing in its section. `seenAt`: who looks for it. `otherwise`: what names another. */
export const missingByDefault = (
  seenAt: Path | undefined,
  what: string,
  id: string,
  section: Readonly<Record<string, unknown>>,
  key: string,
  otherwise: Path,
): Problem[] =>
  missing([key], what, id, section, key).map((problem) => ({
    ...problem,
    ...(seenAt === undefined ? {} : { seenAt }),
    otherwise: [otherwise],
  }));
