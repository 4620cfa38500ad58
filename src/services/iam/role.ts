import type { Role } from "@aws-sdk/client-iam";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import type { Kind, Live, Wanted } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, errorCode, forget, idOf, mapDelta, pages, readEach, sameSet, unless } from "../kit.ts";
import { samePolicies } from "../statements.ts";
import { lint } from "./lint.ts";
import { ABSENT, after, attach, attached, boundary, decode, inline, inlineNames, putPolicies } from "./policies.ts";
import type { RoleProps } from "./props.ts";
import { iamClient } from "./client.ts";

export const coverage = {
  Path: "managed",
  RoleName: "identity",
  RoleId: "server",
  Arn: "identity",
  CreateDate: "server",
  AssumeRolePolicyDocument: "managed",
  Description: "managed",
  MaxSessionDuration: "managed",
  PermissionsBoundary: "managed",
  Tags: "managed",
  RoleLastUsed: "server",
  SourceRoleTemplate: ignored("roles made here come from no template"),
} satisfies Coverage<Role>;

/** Computed: the path is part of a role's ARN. */
export const roleArn = (ctx: AwsContext, name: string, path: string): string =>
  `arn:${ctx.partition}:iam::${ctx.account}:role${path}${name}`;

const NOTHING = decode(undefined);

async function read(ctx: AwsContext, { name, going }: Wanted): Promise<Live<RoleProps>> {
  const iam = await ctx.clients.of(iamClient);
  const [{ Role: role }, policies, managedPolicies] = await Promise.all([
    iam.getRole({ RoleName: name }),
    // Of a role that goes the names do.
    going
      ? inlineNames(iam, name).then((all) => Object.fromEntries(all.map((one) => [one, NOTHING])))
      : inline(iam, name),
    attached(iam, name),
  ]);
  const tags = tagMap(role?.Tags);
  return {
    name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      path: role?.Path ?? "/",
      description: role?.Description ?? "",
      trust: decode(role?.AssumeRolePolicyDocument),
      policies,
      managedPolicies,
      maxSessionSeconds: role?.MaxSessionDuration ?? 3600,
      permissionsBoundary: role?.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
    },
  };
}

/** DeleteRole refuses while anything is on the role: what came on it since it was read goes too. */
async function deleteRole(ctx: AwsContext, RoleName: string): Promise<void> {
  const iam = await ctx.clients.of(iamClient);
  try {
    await iam.deleteRole({ RoleName });
  } catch (error) {
    if (errorCode(error) !== "DeleteConflict") throw error;
    const [policies, managed] = await Promise.all([inlineNames(iam, RoleName), attached(iam, RoleName)]);
    if (policies.length + managed.length === 0) throw error;
    for (const PolicyArn of managed) await unless(ABSENT, iam.detachRolePolicy({ RoleName, PolicyArn }));
    for (const PolicyName of policies) await unless(ABSENT, iam.deleteRolePolicy({ RoleName, PolicyName }));
    await iam.deleteRole({ RoleName });
  }
}

export const role: Kind<RoleProps, AwsContext> = {
  name: "iam.role",
  fields: {
    path: { onChange: "replace", reason: "a role's path is part of its ARN" },
    trust: { equal: (a, b) => samePolicies({ trust: a }, { trust: b }) },
    policies: { equal: samePolicies },
    managedPolicies: { equal: sameSet },
  },
  handles: (ctx, { name }, { path }) => [roleArn(ctx, name, path)],
  needs: (_ctx, _address, { managedPolicies, permissionsBoundary }) => [
    ...managedPolicies,
    ...(permissionsBoundary ? [permissionsBoundary] : []),
  ],
  read: (ctx, wanted) => readEach(wanted, (one) => unless(ABSENT, read(ctx, one))),
  // Tag search knows no roles: by name pattern here, the engine then reads the mark.
  async owned(ctx) {
    const iam = await ctx.clients.of(iamClient);
    const all = await pages((Marker?: string) => iam.listRoles(Marker ? { Marker } : {}), after);
    const names = all.flatMap((page) => (page.Roles ?? []).flatMap(({ RoleName }) => RoleName ?? []));
    return names
      .filter((name) => name.startsWith(`${ctx.project}_`) && name.endsWith(`_${ctx.env}`))
      .map((name) => ({ kind: "iam.role", id: idOf(ctx, name), name }));
  },
  *create(ctx, { address: { name }, props, tags }) {
    yield call(
      "iam:CreateRole",
      async () =>
        (await ctx.clients.of(iamClient)).createRole({
          RoleName: name,
          Path: props.path,
          ...(props.description ? { Description: props.description } : {}),
          AssumeRolePolicyDocument: JSON.stringify(props.trust),
          MaxSessionDuration: props.maxSessionSeconds,
          ...(props.permissionsBoundary ? { PermissionsBoundary: props.permissionsBoundary } : {}),
          Tags: tagList(tags),
        }),
      // For some seconds IAM may not know it yet: what comes next is sent until it does.
      { creates: true },
    );
    yield* putPolicies(ctx, name, Object.entries(props.policies), []);
    yield* attach(ctx, name, props.managedPolicies, []);
  },
  *update(ctx, { address: { name }, props, live, changed }) {
    // First of all: a deployer may change only what stands inside of the boundary.
    if (changed.has("permissionsBoundary")) yield boundary(ctx, name, props.permissionsBoundary);
    if (changed.has("trust")) {
      yield call("iam:UpdateAssumeRolePolicy", async () =>
        (await ctx.clients.of(iamClient)).updateAssumeRolePolicy({
          RoleName: name,
          PolicyDocument: JSON.stringify(props.trust),
        }),
      );
    }
    if (changed.has("description") || changed.has("maxSessionSeconds")) {
      // Both always: a duration that is not sent falls back to one hour.
      yield call("iam:UpdateRole", async () =>
        (await ctx.clients.of(iamClient)).updateRole({
          RoleName: name,
          Description: props.description,
          MaxSessionDuration: props.maxSessionSeconds,
        }),
      );
    }
    if (changed.has("policies")) {
      const { put, drop } = mapDelta(live.props.policies, props.policies, (a, b) => samePolicies({ a }, { a: b }));
      yield* putPolicies(ctx, name, put, drop);
    }
    if (changed.has("managedPolicies")) {
      const [had, has] = [new Set(live.props.managedPolicies), new Set(props.managedPolicies)];
      yield* attach(
        ctx,
        name,
        [...has].filter((one) => !had.has(one)),
        [...had].filter((one) => !has.has(one)),
      );
    }
  },
  *delete(ctx, { name }, { props }) {
    yield* attach(ctx, name, [], props.managedPolicies);
    yield* putPolicies(ctx, name, [], Object.keys(props.policies));
    yield forget("iam:DeleteRole", ABSENT, () => deleteRole(ctx, name));
  },
  *retag(ctx, { name }, _live, set, remove) {
    if (Object.keys(set).length > 0) {
      yield call("iam:TagRole", async () =>
        (await ctx.clients.of(iamClient)).tagRole({ RoleName: name, Tags: tagList(set) }),
      );
    }
    if (remove.length > 0) {
      yield call("iam:UntagRole", async () =>
        (await ctx.clients.of(iamClient)).untagRole({ RoleName: name, TagKeys: [...remove] }),
      );
    }
  },
  lane: ({ name }) => `iam ${name}`,
  lint,
  permissions: {
    read: ["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRoles"],
    create: ["iam:CreateRole", "iam:TagRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"],
    update: [
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:PutRolePolicy",
      "iam:DeleteRolePolicy",
      "iam:AttachRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PutRolePermissionsBoundary",
      "iam:DeleteRolePermissionsBoundary",
      "iam:TagRole",
      "iam:UntagRole",
    ],
    delete: ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"],
  },
};
