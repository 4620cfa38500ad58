/** Texts in boxes of a known size: a font of one width a character, so that what is computed here is what a browser draws. */

/** Characters across before a text goes on in the next line. */
const MOST = 32;

/** Advance of the common monospaced fonts, em: DejaVu 0.602, Menlo 0.602, Courier 0.600, Consolas 0.550. */
const ADVANCE = 0.61;

/** Scripts and pictures that take two places, and their fallback fonts up to one em and a fifth. */
const WIDE =
  /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Extended_Pictographic}|[\uFF00-\uFF60\u3000-\u303F]/u;

/** Places that a text takes. */
export const placesOf = (text: string): number => [...text].reduce((sum, one) => sum + (WIDE.test(one) ? 2 : 1), 0);

/** Width of a line, px. */
export const widthOf = (line: string, fontPx: number): number => placesOf(line) * fontPx * ADVANCE;

/** A text in lines that fit, cut behind `_ - / . :` and blanks where that can be, anywhere where not. Nothing is left out. */
export function linesOf(text: string, most = MOST): string[] {
  const lines: string[] = [];
  let line = "";
  const flush = (): void => {
    if (line !== "") lines.push(line);
    line = "";
  };
  for (const word of text.split(/(?<=[_\-/.:,\s])/u)) {
    if (placesOf(line) + placesOf(word) > most) flush();
    for (const one of word) {
      if (placesOf(line) + placesOf(one) > most) flush();
      line += one;
    }
  }
  flush();
  return lines.length > 0 ? lines.map((one) => one.trimEnd()) : [""];
}
