import { z } from "zod";
import { jsonSchema, formerlySchema, nameSchema, tagsSchema } from "../parts.ts";

/** One role. What it may do follows from who uses it; here stands only what is wanted beyond. */
export const roleSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: z.string().max(1000).default(""),
  path: z
    .string()
    .regex(/^\/([\w+=,.@-]+\/)*$/, "a path starts and ends with /")
    .default("/"),
  managedPolicies: z
    .array(z.string().regex(/^arn:/, "an ARN"))
    .max(10)
    .default([])
    .describe("ARNs of managed policies."),
  policies: z
    .record(z.string().regex(/^[\w+=,.@-]{1,128}$/), jsonSchema)
    .default({})
    .describe("Further inline policies, by name."),
  permissionsBoundary: z.string().optional(),
  maxSessionDuration: z.int().min(3600).max(43_200).default(3600).describe("Seconds."),
  tags: tagsSchema,
});
export type RoleConfig = z.output<typeof roleSection>;
