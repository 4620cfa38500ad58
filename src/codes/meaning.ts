/** What a code means: for whoever meets it in a script, a log or a message. */
export interface Meaning {
  /** What has happened. */
  readonly what: string;
  /** What is mostly behind it. */
  readonly why: string;
  /** What to do next. */
  readonly todo: string;
}

export const meanings = <const C extends string>(codes: Readonly<Record<C, Meaning>>): Readonly<Record<C, Meaning>> =>
  codes;
