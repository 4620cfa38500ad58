import { commandDocuments } from "./commands.ts";
import { errorDocuments } from "./errors.ts";
import type { Document } from "./kit.ts";
import { ledgerDocuments } from "./ledger.ts";

/** Every file that `npm run docs` makes, or makes a part of. A test holds each of them against the code. */
export const documents: readonly Document[] = [...commandDocuments, ...errorDocuments, ...ledgerDocuments];
