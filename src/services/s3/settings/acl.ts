import type { Grant, Owner } from "@aws-sdk/client-s3";
import { z } from "zod";
import { type Coverage } from "../../coverage.ts";
import { sameSet } from "../../kit.ts";
import { fromGrantee, granteeShape, granteeWhole, toGrantee } from "./grantee.ts";
import { type Place, type S3, whole } from "./setting.ts";

const PERMISSIONS = ["FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP"] as const;

const grant = z
  .strictObject({ ...granteeShape, permission: z.enum(PERMISSIONS) })
  .refine(granteeWhole, "says either `id` or `uri`");
export type AclGrant = z.output<typeof grant>;

const CANNED = [
  "private",
  "public-read",
  "public-read-write",
  "authenticated-read",
  "aws-exec-read",
  "log-delivery-write",
] as const;

/** Grants beside the owner's own FULL_CONTROL. */
export const aclSchema = z
  .union([z.enum(CANNED), z.array(grant)])
  .describe(
    "ACL: a canned one, or the grants beside the owner's (AccessControlPolicy). Needs an `ownership` that has ACLs.",
  );
export type Acl = z.output<typeof aclSchema>;

export const coverage = {
  Grantee: "managed",
  Permission: "managed",
} satisfies Coverage<Grant>;

const GROUPS = "http://acs.amazonaws.com/groups/";
const to = (uri: string, ...permissions: AclGrant["permission"][]): AclGrant[] =>
  permissions.map((permission) => ({ uri: `${GROUPS}${uri}`, permission }));

/** What AWS makes of a canned ACL. Source: S3 user guide, "Canned ACL". */
export const CANNED_MEANS: Readonly<Record<(typeof CANNED)[number], readonly AclGrant[]>> = {
  private: [],
  "public-read": to("global/AllUsers", "READ"),
  "public-read-write": to("global/AllUsers", "READ", "WRITE"),
  "authenticated-read": to("global/AuthenticatedUsers", "READ"),
  // Amazon EC2, which reads bundles of machine images.
  "aws-exec-read": [{ id: "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c", permission: "READ" }],
  "log-delivery-write": to("s3/LogDelivery", "WRITE", "READ_ACP"),
};

export const grantsOf = (acl: Acl): readonly AclGrant[] => (typeof acl === "string" ? CANNED_MEANS[acl] : acl);

/** Grants to everybody, which a public access block refuses. */
export const isPublic = (grants: readonly AclGrant[]): boolean =>
  grants.some(({ uri }) => uri?.startsWith(`${GROUPS}global/`));

/** Grants beside that of the owner. */
export const grantsFrom = (grants: readonly Grant[], owner: Owner | undefined): AclGrant[] =>
  grants
    .filter(({ Grantee }) => Grantee?.URI !== undefined || Grantee?.ID !== owner?.ID)
    .map(({ Grantee, Permission }) => ({ ...fromGrantee(Grantee), permission: Permission ?? "READ" }));

/** The owner's id is asked for, at the last moment: an ACL is put as a whole, his grant in it. */
async function put(s3: S3, at: Place, grants: readonly AclGrant[]): Promise<unknown> {
  const { Owner: owner } = await s3.getBucketAcl(at);
  const all = [{ id: owner?.ID ?? "", permission: "FULL_CONTROL" as const }, ...grants];
  return s3.putBucketAcl({
    ...at,
    AccessControlPolicy: {
      ...(owner ? { Owner: owner } : {}),
      Grants: all.map(({ permission, ...who }) => ({ Grantee: toGrantee(who), Permission: permission })),
    },
  });
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const acl = whole<readonly AclGrant[]>({
  actions: ["s3:GetBucketAcl", "s3:PutBucketAcl"],
  unset: [],
  equal: (live, wanted) => sameSet(list(live), list(wanted)),
  get: async (s3, at) => {
    const { Grants = [], Owner: owner } = await s3.getBucketAcl(at);
    return grantsFrom(Grants, owner);
  },
  put,
  remove: (s3, at) => put(s3, at, []),
});
