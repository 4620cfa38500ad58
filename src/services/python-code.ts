/** Strings before comments: a `#` inside of a string begins none. Triple quotes first, which may hold line ends. */
const PARTS = /("""|''')[\s\S]*?\1|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|#[^\n]*/g;

/** Python without comments and without strings that stand for themselves (docstrings): what it does, not what it says of itself. */
export function codeOf(text: string): string {
  return text.replace(PARTS, (part: string, triple: string | undefined, at: number) => {
    if (part.startsWith("#")) return "";
    return isStatement(text, part, at, triple !== undefined) ? "" : part;
  });
}

/** A string alone on its lines. One in simple quotes may be an item of a list: it counts behind the colon of a `def` only. */
function isStatement(text: string, part: string, at: number, triple: boolean): boolean {
  // Only its own line is looked at: all that stands before it, once for each string, is the square of a file.
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const alone = /^[ \t]*[rRuU]?$/.test(line) && /^[ \t]*(#|\r?\n|$)/.test(text.slice(at + part.length));
  return alone && (triple || opens(text, at));
}

/** Whether what stands before is nothing, or ends with a colon. */
function opens(text: string, at: number): boolean {
  let last = at - 1;
  while (last >= 0 && /\s/.test(text.charAt(last))) last -= 1;
  return last < 0 || text.charAt(last) === ":";
}
