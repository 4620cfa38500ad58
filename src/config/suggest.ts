/** Edit distance with transpositions (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array.from({ length: b.length }, () => 0)]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  const first = rows[0];
  if (first) for (let j = 1; j <= b.length; j++) first[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const row = rows[i];
    if (!row) continue;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row[j] = best;
    }
  }
  return at(a.length, b.length);
}

const plain = (word: string): string => word.toLowerCase().replace(/[-_ ]/g, "");

/** The known word nearest to a mistyped one, or undefined when none is near. `hash_key` finds `hashKey`. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // A long word is no typo of a key, and the table below grows with its square.
  if (word.length > 80) return undefined;
  const same = known.find((candidate) => plain(candidate) === plain(word));
  if (same !== undefined) return same;
  // Of two that are as near, letters in the wrong order are likelier than one too many.
  const longer = (candidate: string): number => Math.abs(plain(candidate).length - plain(word).length);
  const ranked = known
    .map((candidate) => ({ candidate, cost: distance(plain(word), plain(candidate)) }))
    .sort(
      (a, b) => a.cost - b.cost || longer(a.candidate) - longer(b.candidate) || a.candidate.localeCompare(b.candidate),
    );
  const best = ranked[0];
  return best && best.cost <= Math.max(mostOf(word), Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Letters that a slip of the fingers changes. Of a short word two are half. */
const mostOf = (word: string): number => (plain(word).length > 4 ? 2 : 1);

/** The nearest word where it is so near that nothing else can have been meant: a name of one's own may resemble a known one. */
export function slipOf(word: string, known: readonly string[]): string | undefined {
  const near = nearest(word, known);
  return near !== undefined && distance(plain(word), plain(near)) <= mostOf(word) ? near : undefined;
}
