import { EXPIRY, HASH_KEY, isAttribute } from "../ledger.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

const USED = "is an attribute that the ledger uses for something else";

/** Names that would put one thing's value into another thing's place: rows would be lost, or expire when they are read. */
export function checkLedger({ ledger }: LakehouseConfig): Problem[] {
  const { hashKey, ttlAttribute } = ledger;
  const problems: Problem[] = [];
  if (ledger.enableTtl === false && ledger.ttl)
    problems.push({
      path: ["ledger", "enableTtl"],
      message: "contradicts `ttl: true`: both words mean the same, keep one",
    });
  if (isAttribute(hashKey))
    problems.push({
      path: ["ledger", "hashKey"],
      message: `\`${hashKey}\` ${USED}`,
      suggestion: `Keep \`${HASH_KEY}\`, or choose a name of its own, such as \`id\`.`,
    });
  if (isAttribute(ttlAttribute))
    problems.push({
      path: ["ledger", "ttlAttribute"],
      message: `\`${ttlAttribute}\` ${USED}`,
      suggestion: `Keep \`${EXPIRY}\`, or choose a name of its own, such as \`expires_at\`.`,
    });
  else if (ttlAttribute === hashKey)
    problems.push({
      path: ["ledger", "ttlAttribute"],
      message: `\`${ttlAttribute}\` is the key of the ledger: an item's key cannot be the time that it expires`,
      suggestion: `Keep \`${EXPIRY}\`, or choose a name of its own, such as \`expires_at\`.`,
    });
  return problems;
}
