/** Of each key of a type what the documents say behind its name: nothing, its inner shape, `?…` where it may be missing. */
type Shape<T> = {
  readonly [K in keyof T & string]-?: unknown extends T[K] ? string : undefined extends T[K] ? `?${string}` : string;
};

/** The keys of what a command writes, held against the type that it writes: one more or one less does not compile. */
export const keys = <T extends object>(shape: Shape<T>): string =>
  `\`{${Object.entries<string>(shape)
    .map(([key, text]) => `${key}${text}`)
    .join(", ")}}\``;

/** Names of some keys, where a type has all of another's too. */
export const names = <T extends object>(shape: Shape<T>): string => keys<T>(shape).slice(2, -2);
