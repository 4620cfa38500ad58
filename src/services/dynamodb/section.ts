import { z } from "zod";
import { existingSchema, formerlySchema, nameSchema, tagsSchema } from "../parts.ts";

const attribute = z.string().min(1).max(255);
const units = z.int().min(1).max(40_000);

const indexSection = z.strictObject({
  hashKey: attribute,
  rangeKey: attribute.optional(),
  projection: z.enum(["ALL", "KEYS_ONLY"]).default("ALL"),
  readCapacity: units.optional().describe("Default: the table's."),
  writeCapacity: units.optional().describe("Default: the table's."),
});

/** Words that every table has, the ledger too. */
export const tableWords = {
  name: nameSchema,
  formerly: formerlySchema,
  billing: z.enum(["provisioned", "on-demand"]).default("provisioned"),
  readCapacity: units.default(5).describe("Read units of provisioned billing, table and indexes."),
  writeCapacity: units.default(5).describe("Write units of provisioned billing, table and indexes."),
  ttl: z.boolean().default(false).describe("Lets old entries expire."),
  pointInTimeRecovery: z.boolean().default(false),
  deletionProtection: z.boolean().default(false),
  kmsKeyId: z.string().optional().describe("KMS key; without one DynamoDB's own."),
  tableClass: z.enum(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]).default("STANDARD"),
  tags: tagsSchema,
};

/** One table. */
export const tableSection = z.strictObject({
  ...tableWords,
  existing: existingSchema,
  ttlAttribute: attribute
    .default("expires_at")
    .describe("Attribute with the time (epoch seconds) at which an item expires."),
  hashKey: attribute.default("id"),
  rangeKey: attribute.optional(),
  attributes: z
    .record(attribute, z.enum(["S", "N", "B"]))
    .default({})
    .describe("Types of the attributes that keys name: S, N or B. Default: S."),
  indexes: z.record(attribute, indexSection).default({}).describe("Global secondary indexes by name."),
});
export type TableConfig = z.output<typeof tableSection>;
export type IndexConfig = z.output<typeof indexSection>;
