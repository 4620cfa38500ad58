import { nearest } from "../../config/index.ts";
import type { Problem } from "./problem.ts";

type Path = Problem["path"];

/** A hint for a reference that leads nowhere: the nearest id, or all of them. */
function hint(id: string, known: readonly string[]): string {
  const near = nearest(id, known);
  if (near !== undefined) return `Did you mean \`${near}\`?`;
  return known.length > 0 ? `Known: ${known.join(", ")}.` : "None is declared.";
}

/** A problem when `section` has no `id`: "there is no job `x`". */
export function missing(path: Path, what: string, id: string, section: Readonly<Record<string, unknown>>): Problem[] {
  if (Object.hasOwn(section, id)) return [];
  return [{ path, message: `there is no ${what} \`${id}\``, suggestion: hint(id, Object.keys(section)) }];
}
