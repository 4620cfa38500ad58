import { z } from "zod";
import { reference } from "../reference.ts";
import { existingSchema, formerlySchema, jsonSchema, nameSchema, tagsSchema } from "../parts.ts";

/** `none`, or a managed policy by ARN (a path may be part of it) or name. */
export const boundarySchema = z
  .string()
  .regex(
    /^(arn:[^:]+:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+|[\w+=,.@-]{1,128})$/,
    "ARN or name of a managed policy, or none",
  );

const pathSchema = z
  .string()
  .regex(/^\/([\w+=,.@-]+\/)*$/, "a path starts and ends with /")
  .default("/");

/** One role. What it may do follows from who uses it; here stands only what is wanted beyond. */
export const roleSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: z.string().max(1000).default(""),
  path: pathSchema,
  services: z
    .array(z.string().regex(/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/, "a service such as glue.amazonaws.com"))
    .default([])
    .describe("Services that may take it on, beside those that follow from who uses it."),
  trust: jsonSchema
    .optional()
    .describe("Trust policy of your own, in place of the one that follows from who uses the role."),
  managedPolicies: z
    .array(reference("policies"))
    .max(10)
    .default([])
    .describe("Managed policies: ids of `policies`, or ARNs."),
  policies: z
    .record(z.string().regex(/^[\w+=,.@-]{1,128}$/), jsonSchema)
    .default({})
    .describe("Further inline policies, by name."),
  permissionsBoundary: boundarySchema
    .optional()
    .describe("Another permissions boundary than the others': ARN or name of a managed policy, or `none`."),
  maxSessionDuration: z.int().min(3600).max(43_200).default(3600).describe("Seconds."),
  existing: existingSchema,
  tags: tagsSchema,
});
export type RoleConfig = z.output<typeof roleSection>;

/** One managed policy. The permissions boundary of the environment is one. */
export const policySection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  path: pathSchema.describe("Part of its ARN: with another path it is another policy."),
  description: z.string().max(1000).optional().describe("IAM takes it as the policy is made, and never after."),
  document: jsonSchema.optional().describe("The policy itself. Up to 6,144 characters, white space not counted."),
  existing: existingSchema,
  tags: tagsSchema,
});
export type PolicyConfig = z.output<typeof policySection>;
