/** What no person sees, and what a terminal obeys: it has to be typed as an escape. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** One word of a command that is advised, as a shell takes it: whoever may name an object may put anything into its key. */
export function shellWord(word: string): string {
  if (/^[\w./:@%+-][\w./:=@%+-]*$/.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  const escaped = Array.from(word, (one) =>
    UNSEEN.test(one) || one === "!" ? bytes(one) : one.replace(/[\\']/, "\\$&"),
  );
  return `$'${escaped.join("")}'`;
}

/** Three octal digits a byte: no digit that follows is taken for a part of it, and the locale does not matter. */
const bytes = (text: string): string =>
  Array.from(Buffer.from(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
