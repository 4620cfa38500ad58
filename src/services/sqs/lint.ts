import { type Address, addressText, type Finding } from "../../engine/types.ts";
import type { QueueProps } from "./props.ts";

/** What SQS would refuse. */
export function lint(address: Address, { statements }: QueueProps): readonly Finding[] {
  return Object.keys(statements)
    .filter((key) => !/^[A-Za-z0-9]+$/.test(key))
    .map((key) => ({
      code: "statement_key",
      level: "error",
      at: addressText(address),
      text: `"${key}" cannot be part of a Sid`,
      fix: "Use letters and digits.",
    }));
}
