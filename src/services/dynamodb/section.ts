import { z } from "zod";
import { existingSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";

const attribute = z.string().min(1).max(255);
const units = z.int().min(1).max(40_000);

const ceiling = z
  .strictObject({ read: z.int().min(1).optional(), write: z.int().min(1).optional() })
  .describe("Most request units that on-demand billing serves. Default: no ceiling.");

const projected = {
  projection: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]).default("ALL"),
  nonKeyAttributes: z.array(attribute).min(1).max(20).optional().describe("What INCLUDE takes along beside the keys."),
};

/** The one is nothing without the other. */
const whole = (index: {
  readonly projection: string;
  readonly nonKeyAttributes?: readonly string[] | undefined;
}): boolean => (index.projection === "INCLUDE") === (index.nonKeyAttributes !== undefined);
const NOT_WHOLE = "`projection: INCLUDE` and `nonKeyAttributes` go together";

const localIndexSection = z.strictObject({ rangeKey: attribute, ...projected }).refine(whole, NOT_WHOLE);

const globalIndexSection = z.strictObject({
  hashKey: attribute,
  rangeKey: attribute.optional(),
  ...projected,
  onDemandThroughput: ceiling.optional(),
  readCapacity: units.optional().describe("Default: the table's."),
  writeCapacity: units.optional().describe("Default: the table's."),
});
const indexSection = globalIndexSection.refine(whole, NOT_WHOLE);

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
  stream: z
    .enum(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"])
    .optional()
    .describe("StreamViewType. Another view is a new stream: its readers begin anew."),
  onDemandThroughput: ceiling.optional(),
  warmThroughput: z
    .strictObject({ read: z.int().min(1), write: z.int().min(1) })
    .optional()
    .describe("Units a second that it serves at once. AWS raises it with use; nothing lowers it."),
  recoveryPeriodDays: z
    .int()
    .min(1)
    .max(35)
    .optional()
    .describe("Days that pointInTimeRecovery goes back. AWS's default: 35."),
  statements: z
    .record(z.string().regex(/^[A-Za-z0-9]+$/, "letters and digits, the end of a Sid"), jsonSchema)
    .optional()
    .describe(
      "Statements of the table's policy beside other people's, by the end of their Sid. Without `Resource` they are for the table.",
    ),
  tags: tagsSchema,
};

const tableShape = z.strictObject({
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
  localIndexes: z
    .record(attribute, localIndexSection)
    .optional()
    .describe("Local secondary indexes by name. They are made with their table and never after; `rangeKey` is needed."),
});
interface Keys {
  readonly hashKey: string;
  readonly rangeKey?: string | undefined;
}

/** Zod's word for an issue of one's own; no code of a finding. */
const ISSUE = "custom";
const SAME = "hash key and range key are two attributes: AWS refuses a table, or an index, that has one twice";

/** One table: its keys are two attributes, and a type is that of a key. */
export const tableSection = tableShape.superRefine((table, context) => {
  const wrong = (path: string[], message: string): void => context.addIssue({ code: ISSUE, path, message });
  const { attributes, indexes, localIndexes = {}, hashKey } = table;
  const keyed: readonly [path: string[], Keys][] = [
    [[], table],
    ...Object.entries(indexes).map(([id, one]): [string[], Keys] => [["indexes", id], one]),
    ...Object.entries(localIndexes).map(([id, one]): [string[], Keys] => [["localIndexes", id], { ...one, hashKey }]),
  ];
  for (const [path, one] of keyed) if (one.hashKey === one.rangeKey) wrong([...path, "rangeKey"], SAME);
  const keys = new Set(keyed.flatMap(([, one]) => [one.hashKey, one.rangeKey]));
  const known = [...keys].filter((key) => key !== undefined).join(", ");
  for (const name of Object.keys(attributes))
    if (!keys.has(name)) wrong(["attributes", name], `no key and no index names \`${name}\`; keys are ${known}`);
});
export type TableConfig = z.output<typeof tableSection>;
export type LocalIndexConfig = z.output<typeof localIndexSection>;
export type IndexConfig = z.output<typeof indexSection>;
