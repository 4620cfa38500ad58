import type { ApplyError } from "./types.ts";

export const INTERRUPTED: ApplyError = {
  code: "interrupted",
  text: "interrupted before everything was done",
  fix: "Run the same command again: it goes on where this one stopped.",
};

export const shownError = ({ code, text, fix }: ApplyError): ApplyError => ({ code, text, ...(fix ? { fix } : {}) });

/** The reason of a signal, where it says what a lost lease is. */
export const isApplyError = (reason: unknown): reason is ApplyError =>
  typeof reason === "object" &&
  reason !== null &&
  "code" in reason &&
  typeof reason.code === "string" &&
  "text" in reason &&
  typeof reason.text === "string";
