import { architectureDocuments } from "./architecture.ts";
import { commandDocuments } from "./commands.ts";
import { configDocuments } from "./config.ts";
import { coverageDocuments } from "./coverage.ts";
import { errorDocuments } from "./errors.ts";
import type { Document } from "./kit.ts";
import { ledgerDocuments } from "./ledger.ts";
import { measureDocuments } from "./measures.ts";

/** Every file that `npm run docs` makes, or makes a part of. A test holds each of them against the code. */
export const documents: readonly Document[] = [
  ...architectureDocuments,
  ...commandDocuments,
  ...errorDocuments,
  ...ledgerDocuments,
  ...measureDocuments,
  ...configDocuments,
  ...coverageDocuments,
];
