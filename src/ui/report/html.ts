import { visible, visibleJson } from "../visible.ts";

/** HTML that is already safe. Everything else that goes into a page is text, and is escaped. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Value = Html | string | number | null | undefined | false | readonly Value[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? "");

function textOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join("");
  if (value === null || value === undefined || value === false) return "";
  // What would turn the direction of the text around it, or not be seen, is shown by its code.
  return escaped(visible(String(value)));
}

/** How the code is laid out is nothing to the page. */
const INDENT = /\n\s+/g;

/** A piece of HTML: values are escaped, in text and in quoted attributes alike. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.map((part, i) => part.replace(INDENT, "\n") + textOf(values[i])).join(""));

/** Text that is HTML by its making: ours, or a drawing's. */
export const raw = (text: string): Html => new Html(text);

/** A value to be read back by a program: JSON to the letter, whatever is in it. */
export const dataOf = (value: unknown): Html => raw(escaped(visibleJson(value)));

/** An element's id from words that may hold anything. */
export const idOf = (...words: readonly string[]): string =>
  words.map((word) => word.replace(/[^\w-]/g, "_")).join("-");
