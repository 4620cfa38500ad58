import type { Json } from "../wire.ts";

/** One Glue operation: a checked request in, the answer's members out. */
export type Operation = (input: Json) => object | Promise<object>;
export type Operations = Record<string, Operation>;

/**
 * Gives an operation its request type. The model check ran before, so the shape is known to be right;
 * this is the one place where that knowledge becomes a type.
 */
export const operation =
  <I extends object>(run: (input: I) => object | Promise<object>): Operation =>
  (input) =>
    run(input as unknown as I);

export type Strings = Record<string, string>;
