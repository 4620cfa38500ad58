import { z } from "zod";
import schema from "../../../glue-scripts/metriccare_ledger/ledger.json" with { type: "json" };
import { formerlySchema, nameSchema, tagsSchema } from "../parts.ts";

/** The table of processed files. */
export const ledgerSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  hashKey: z.string().min(1).max(255).default(schema.key.attribute),
  billing: z.enum(["provisioned", "on-demand"]).default("provisioned"),
  readCapacity: z.int().min(1).max(40_000).default(5).describe("Read units of provisioned billing, table and indexes."),
  writeCapacity: z
    .int()
    .min(1)
    .max(40_000)
    .default(5)
    .describe("Write units of provisioned billing, table and indexes."),
  ttl: z.boolean().default(false).describe("Lets old entries expire."),
  enableTtl: z.boolean().optional().describe("The same as ttl, under the Terraform module's word."),
  ttlAttribute: z.string().min(1).max(255).default(schema.expiry.attribute),
  ttlDays: z.int().min(1).max(3650).default(90).describe("Days after which a processed entry expires."),
  pointInTimeRecovery: z.boolean().default(false),
  deletionProtection: z.boolean().default(false),
  kmsKeyId: z.string().optional().describe("KMS key; without one DynamoDB's own."),
  tableClass: z.enum(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]).default("STANDARD"),
  tags: tagsSchema,
});
export type LedgerConfig = z.output<typeof ledgerSection>;

/** Whether entries expire, by whichever of the two words it was said. */
export const ttlOn = (ledger: LedgerConfig): boolean => ledger.enableTtl ?? ledger.ttl;
