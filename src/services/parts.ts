import { z } from "zod";

/** Ids are the config's own keys: they become parts of names in AWS. */
export const idSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, "ids are lower case letters, digits and _, a letter first");

export const tagsSchema = z
  .record(z.string().min(1).max(128), z.string().max(256))
  .default({})
  .describe("Tags of this resource, on top of the ones at the top of the file.");

export const nameSchema = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe("Name in AWS. Default: <project>_<id>_<env> (buckets: <project>-<id>-<env>-<account>-<region>).");

export const formerlySchema = z
  .string()
  .min(1)
  .max(255)
  .optional()
  .describe(
    "Id or name in AWS that it had before: apply makes this one and removes that one, unless that one holds data.",
  );

export const descriptionSchema = z.string().max(2048).default("").describe("Free text, shown in the AWS console.");

/** AWS wants texts where people write numbers and true/false: all three are taken, `textOf` makes them texts. */
export const scalarSchema = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.output<typeof scalarSchema>;

export const textOf = (value: Scalar): string => String(value);

export const textMap = (map: Readonly<Record<string, Scalar>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, textOf(value)]));

/** JSON as it stands in YAML: policies, event patterns. */
export const jsonSchema = z.record(z.string(), z.unknown());

export const existingSchema = z
  .string()
  .min(1)
  .max(2048)
  .optional()
  .describe("ARN or name of something that is not ours: it is referred to, and never made, changed or removed.");
