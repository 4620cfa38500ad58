import type { Problem } from "./check.ts";

type Path = Problem["path"];

const plain = (word: string): string => word.toLowerCase().replace(/[-_ ]/g, "");

/** Number of single edits between two short words. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, char] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (char === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}

/** A hint for a reference that leads nowhere: the nearest id, or all of them. */
function hint(id: string, known: readonly string[]): string {
  const ranked = known
    .map((candidate) => ({ candidate, cost: edits(plain(id).slice(0, 80), plain(candidate)) }))
    .sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  if (best && best.cost <= Math.max(1, Math.floor(id.length / 3))) return `Did you mean \`${best.candidate}\`?`;
  return known.length > 0 ? `Known: ${known.join(", ")}.` : "None is declared.";
}

/** A problem when `section` has no `id`: "there is no job `x`". */
export function missing(path: Path, what: string, id: string, section: Readonly<Record<string, unknown>>): Problem[] {
  if (Object.hasOwn(section, id)) return [];
  return [{ path, message: `there is no ${what} \`${id}\``, suggestion: hint(id, Object.keys(section)) }];
}
