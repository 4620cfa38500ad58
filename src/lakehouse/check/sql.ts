/** A query of the user's own, as far as it can be judged without Spark: one SELECT, with an end to all that it opens. */

interface Wrong {
  readonly message: string;
  readonly suggestion?: string;
}

type Token = { readonly text: string; readonly line: number };

/** Comments, quoted texts and names, words, signs. What has no end is told by its kind. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\/\*|'(?:[^'\\]|\\[\s\S]|'')*'|'|"(?:[^"\\]|\\[\s\S])*"|"|`(?:[^`]|``)*`|`|[A-Za-z_][A-Za-z0-9_]*|[0-9.]+|\S/g;
const OPEN: Readonly<Record<string, string>> = {
  "'": "a text in '…' has no end",
  '"': 'a text in "…" has no end',
  "`": "a name in `…` has no end",
  "/*": "a comment /* has no end",
};
const isComment = (text: string): boolean => text.startsWith("--") || (text.startsWith("/*") && text.endsWith("*/"));
/** What is no query. It would be refused by Spark inside of ours; here it is told before a run. */
const WRITES = new Set(
  "alter analyze cache call clear create delete drop export grant import insert install load merge msck optimize refresh replace reset revoke set truncate uncache update use vacuum".split(
    " ",
  ),
);

function tokensOf(sql: string): Token[] {
  let line = 1;
  let at = 0;
  return [...sql.matchAll(TOKEN)].flatMap((match) => {
    const [text] = match;
    line += sql.slice(at, match.index).split("\n").length - 1;
    at = match.index;
    return isComment(text) ? [] : [{ text, line }];
  });
}

/** What is wrong with a query, or undefined. Lines are counted in its own text. */
export function sqlProblem(sql: string): Wrong | undefined {
  const tokens = tokensOf(sql);
  const [first] = tokens;
  if (first === undefined) return { message: "is empty" };
  const word = first.text.toLowerCase();
  if (WRITES.has(word))
    return { message: `begins with ${first.text}: a check only reads`, suggestion: "Write one SELECT." };
  if (word !== "select" && word !== "with" && word !== "(" && word !== "values" && word !== "from")
    return { message: `line ${first.line}: begins with \`${first.text}\`, and is no SELECT` };
  const end = tokens.find(({ text }) => Object.hasOwn(OPEN, text));
  if (end) return { message: `line ${end.line}: ${OPEN[end.text]}` };
  const several = tokens.find(({ text }) => text === ";");
  if (several)
    return { message: `line ${several.line}: one query without a \`;\` is needed`, suggestion: "Take the `;` away." };
  return unbalanced(tokens);
}

function unbalanced(tokens: readonly Token[]): Wrong | undefined {
  const open: Token[] = [];
  for (const token of tokens) {
    if (token.text === "(") open.push(token);
    if (token.text === ")" && open.pop() === undefined)
      return { message: `line ${token.line}: a ) closes what nothing opens` };
  }
  const left = open.at(-1);
  return left === undefined ? undefined : { message: `line ${left.line}: a ( is never closed` };
}
