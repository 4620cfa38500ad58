import { InvalidArgumentError } from "commander";

/** A whole number. */
export const count = (value: string): number => {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(value);
};

/** Seconds, or `90s`, `15m`, `2h`; answers milliseconds. */
export const duration = (value: string): number => {
  const match = /^(\d+)(s|m|h)?$/.exec(value);
  if (!match) throw new InvalidArgumentError("Expected a duration like 90s, 15m or 2h.");
  return Number(match[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? "s") as "s" | "m" | "h"];
};
