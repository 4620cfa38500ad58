import type { ErrorCode } from "../../codes/index.ts";
import { InvalidArgumentError } from "commander";
import { nearest } from "../../config/suggest.ts";
import { usage } from "../errors.ts";
import type { Argument, Option } from "./kit.ts";

/** A switch. */
export const flag = (summary: string, short?: string): Option<boolean | undefined> => ({
  summary,
  ...(short === undefined ? {} : { short }),
});

/** A switch that is on unless `--no-…` is given. */
export const unless = (summary: string): Option<boolean> => ({ summary, negated: true });

/** A word as it is. */
export const text = (value: string, summary: string): Option<string | undefined> => ({ value, summary });

/** A word as it is, and what it is when nobody says. */
export const textOr = (fallback: string, value: string, summary: string): Option<string> => ({
  value,
  summary,
  default: fallback,
});

/** `--resume [run]`: `true` without its word. */
export const maybe = (value: string, summary: string): Option<string | true | undefined> => ({ value, summary });

/** May be repeated. */
export const list = (value: string, summary: string): Option<readonly string[] | undefined> => ({
  value,
  summary,
  parse: (word, _flag, before = []) => [...before, word],
});

/** `key=value`; may be repeated. */
export const pairs = (value: string, summary: string): Option<Readonly<Record<string, string>> | undefined> => ({
  value,
  summary,
  parse: (word, _flag, before = {}) => {
    const at = word.indexOf("=");
    if (at < 1) throw new InvalidArgumentError("Expected key=value.");
    return { ...before, [word.slice(0, at)]: word.slice(at + 1) };
  },
});

const whole = (word: string): number => {
  if (!/^\d+$/.test(word)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(word);
};

/** A whole number. */
export const count = (value: string, summary: string): Option<number | undefined> => ({ value, summary, parse: whole });

/** A whole number that is there without being given. */
export const countOr = (fallback: number, value: string, summary: string): Option<number> => ({
  value,
  summary,
  default: fallback,
  parse: whole,
});

/** Seconds, or `90s`, `15m`, `2h`; milliseconds in the handler. */
export const duration = (summary: string): Option<number | undefined> => ({
  value: "<duration>",
  summary,
  parse: (word) => {
    const match = /^(\d+)(s|m|h)?$/.exec(word);
    if (!match) throw new InvalidArgumentError("Expected a duration like 90s, 15m or 2h.");
    return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? "s") as "s" | "m" | "h"];
  },
});

/** A moment, ISO-8601 in UTC in the handler. */
export const time = (summary: string): Option<string | undefined> => ({
  value: "<time>",
  summary,
  parse: (word, flag) => {
    const moment = new Date(word);
    if (Number.isNaN(moment.getTime()))
      throw usage(
        "usage",
        `${flag} wants a time like 2024-05-01T10:00:00Z, got \`${word}\``,
        "Give an ISO-8601 date or time.",
      );
    return moment.toISOString();
  },
});

/** Words that a choice is made from, and what it is called in a message. */
interface Choice<W extends string> {
  readonly of: readonly W[];
  readonly noun: string;
  readonly summary: string;
  /** As help shows it; the words themselves when left out. */
  readonly value?: string;
  /** What else helps whoever typed another word. */
  readonly hint?: string;
  /** The code of the error; `usage` when left out. */
  readonly code?: ErrorCode;
}

function chosen<W extends string>({ of, noun, hint, code = "usage" }: Choice<W>, word: string): W {
  const found = of.find((one) => one === word);
  if (found !== undefined) return found;
  const guess = nearest(word, of);
  const known = guess === undefined ? `Use one of: ${of.join(", ")}.` : `Did you mean \`${guess}\`?`;
  throw usage(code, `unknown ${noun} \`${word}\``, hint === undefined ? known : `${known} ${hint}`);
}

/** One of some words. */
export const oneOf = <const W extends string>(choice: Choice<W>): Option<W | undefined> => ({
  value: choice.value ?? `<${choice.of.join("|")}>`,
  summary: choice.summary,
  choices: choice.of,
  parse: (word) => chosen(choice, word),
});

/** One of some words, and which of them it is when nobody says. */
export const oneOfOr = <const W extends string>(fallback: W, choice: Choice<W>): Option<W> => ({
  value: choice.value ?? `<${choice.of.join("|")}>`,
  summary: choice.summary,
  choices: choice.of,
  default: fallback,
  parse: (word) => chosen(choice, word),
});

/** An argument that must be there. */
export const required = (summary: string, label?: string): Argument<string> => ({
  summary,
  ...(label === undefined ? {} : { label }),
  required: true,
  rest: false,
});

/** An argument that may be left out. */
export const optional = (summary: string): Argument<string | undefined> => ({
  summary,
  required: false,
  rest: false,
});

/** An argument that may be left out, and what it is then. */
export const optionalOr = (fallback: string, summary: string): Argument<string> => ({
  summary,
  required: false,
  rest: false,
  default: fallback,
});

/** All words that are left, one at least. */
export const some = (summary: string, label?: string): Argument<readonly string[]> => ({
  summary,
  ...(label === undefined ? {} : { label }),
  required: true,
  rest: true,
});

/** All words that are left. */
export const any = (summary: string): Argument<readonly string[]> => ({ summary, required: false, rest: true });

/** An argument that is one of some words. */
export const word = <const W extends string>(choice: Omit<Choice<W>, "value">): Argument<W> => ({
  summary: choice.summary,
  label: choice.of.join("|"),
  required: true,
  rest: false,
  choices: choice.of,
  parse: (typed) => chosen(choice, typed),
});
