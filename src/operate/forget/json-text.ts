/** Where the parts of a JSON text stand. The text is valid JSON: it was parsed before. */

const SPACE = /[ \t\r\n]*/y;

const skip = (text: string, at: number): number => {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
};

const STRING = /"(?:[^"\\]|\\.)*"/sy;
const SCALAR = /[^,\]}\s]+/y;

/** Where the value that begins here ends. */
export function endOf(text: string, at: number): number {
  if (text[at] === '"') return match(STRING, text, at);
  if (text[at] !== "{" && text[at] !== "[") return match(SCALAR, text, at);
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    const letter = text[index];
    if (letter === '"') index = match(STRING, text, index) - 1;
    else if (letter === "{" || letter === "[") depth++;
    else if ((letter === "}" || letter === "]") && --depth === 0) return index + 1;
  }
  return text.length;
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text) ? pattern.lastIndex : text.length;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The members of the object that begins here; of equal names the last counts. */
export function membersOf(text: string, start: number): Map<string, Span> {
  const found = new Map<string, Span>();
  let at = skip(text, start + 1);
  while (at < text.length && text[at] !== "}") {
    const end = endOf(text, at);
    const name = JSON.parse(text.slice(at, end)) as string;
    const from = skip(text, skip(text, end) + 1);
    const to = endOf(text, from);
    found.set(name, { start: from, end: to });
    at = skip(text, to);
    if (text[at] === ",") at = skip(text, at + 1);
  }
  return found;
}

/** The elements of the array that begins here. */
export function elementsOf(text: string, start: number): Span[] {
  const found: Span[] = [];
  let at = skip(text, start + 1);
  while (at < text.length && text[at] !== "]") {
    const end = endOf(text, at);
    found.push({ start: at, end });
    at = skip(text, end);
    if (text[at] === ",") at = skip(text, at + 1);
  }
  return found;
}

export const beginOf = (text: string): number => skip(text, 0);
