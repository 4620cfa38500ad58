import { randomBytes } from "node:crypto";

/**
 * What a terminal obeys or hides instead of showing it: control characters (C0, C1, DEL), line and paragraph separators, marks that turn
 * the direction of text, what takes no room, halves of surrogate pairs. Whoever may name an object in a bucket may put them there.
 */
const HIDDEN = String.raw`\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800`;

/** Our own colours travel to the writer under a mark that nobody outside this process can know. */
const MARK = `\u0011${randomBytes(8).toString("hex")}:`;
const hidden = new RegExp(`${MARK}\\d+\u0012|[${HIDDEN}]`, "gu");
const marks = new RegExp(`${MARK}(\\d+)\u0012`, "gu");
const inJson = new RegExp(`[${HIDDEN}]`, "gu");

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** `\u009b`; what lies beyond 16 bits as its two halves, as JSON has it. */
const coded = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");

/** A colour's code for text that `coloured` will write. */
export const colourMark = (code: number): string => `${MARK}${code}\u0012`;

/** One line of text in which everything can be seen. Marks of our own colours stay. */
export const visible = (text: string): string =>
  text.replace(hidden, (found) => (found.startsWith(MARK) ? found : (SHORT[found] ?? coded(found))));

/** Length without the marks of colours. */
export const visibleLength = (text: string): number => text.replace(marks, "").length;

/** The line as it goes to a terminal: visible, in our colours. */
export const coloured = (text: string): string => visible(text).replace(marks, "\u001b[$1m");

/** JSON on one line, read by a program or by a person: `JSON.stringify` leaves C1, separators and direction marks as they are. */
export const visibleJson = (value: unknown): string => (JSON.stringify(value) ?? "null").replace(inJson, coded);
