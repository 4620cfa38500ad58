import { type Address, addressText, type Finding } from "../../engine/types.ts";
import { BOUNDARY_ID } from "./props.ts";
import type { HandWritten, PolicyDocument, PolicyProps, RoleProps } from "./props.ts";

/** Characters of a managed policy, white space not counted. Source: IAM and STS quotas. */
export const MANAGED_LIMIT = 6144;

/** Characters as IAM counts them. */
export const sizeOf = (document: PolicyDocument | HandWritten): number =>
  JSON.stringify(document).replace(/\s/g, "").length;

/** A managed policy that IAM would refuse. */
export function lintPolicy(address: Address, { document }: PolicyProps): readonly Finding[] {
  const size = sizeOf(document);
  if (size <= MANAGED_LIMIT) return [];
  return [
    {
      code: "policy_too_long",
      level: "error",
      at: addressText(address),
      text: `${address.id === BOUNDARY_ID ? "the boundary that follows from the config" : "it"} has ${size} characters, a managed policy takes ${MANAGED_LIMIT}`,
      fix:
        address.id === BOUNDARY_ID
          ? "Shorten the roles' own policies, or name a boundary of your own: `permissionsBoundary: <ARN or name>`."
          : "Shorten it, or share its statements out among several policies.",
    },
  ];
}

/** Quota of a role's inline policies, all together, white space not counted. */
const INLINE_LIMIT = 10_240;

/** What IAM would refuse. */
export function lint(address: Address, { policies, maxSessionSeconds }: RoleProps): readonly Finding[] {
  const size = Object.values(policies).reduce((sum, policy) => sum + JSON.stringify(policy).length, 0);
  const at = addressText(address);
  return [
    ...(size > INLINE_LIMIT
      ? [
          {
            code: "inline_policies_too_long",
            level: "error",
            at,
            text: `the inline policies have ${size} characters, a role takes ${INLINE_LIMIT}`,
            fix: "Shorten them, or move statements into a managed policy.",
          } as const,
        ]
      : []),
    ...(maxSessionSeconds < 3600 || maxSessionSeconds > 43_200
      ? [
          {
            code: "session_duration",
            level: "error",
            at,
            text: `a session of ${maxSessionSeconds} s is not possible`,
            fix: "Choose 3600 to 43200 seconds.",
          } as const,
        ]
      : []),
  ];
}
