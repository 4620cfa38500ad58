import type { Role } from "@aws-sdk/client-iam";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import { addressText, type Address, type Call, type Finding, type Kind, type Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, idOf, mapDelta, pages, readEach, sameSet, unless } from "../kit.ts";
import { parsePolicy, samePolicies } from "../statements.ts";
import type { PolicyDocument, RoleProps } from "./props.ts";

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

const ABSENT = ["NoSuchEntity"] as const;

/** Computed: the path is part of a role's ARN. */
export const roleArn = (ctx: AwsContext, name: string, path: string): string =>
  `arn:${ctx.partition}:iam::${ctx.account}:role${path}${name}`;

// IAM answers policies form-encoded.
const decode = (text: string | undefined): PolicyDocument => parsePolicy(decodeURIComponent(text ?? ""));

type Iam = Awaited<ReturnType<AwsContext["clients"]["iam"]>>;

const after = (page: { IsTruncated?: boolean | undefined; Marker?: string | undefined }): string | undefined =>
  page.IsTruncated ? page.Marker : undefined;

async function inlineNames(iam: Iam, RoleName: string): Promise<readonly string[]> {
  const all = await pages(
    (Marker?: string) => iam.listRolePolicies({ RoleName, ...(Marker ? { Marker } : {}) }),
    after,
  );
  return all.flatMap((page) => page.PolicyNames ?? []);
}

async function attached(iam: Iam, RoleName: string): Promise<readonly string[]> {
  const all = await pages(
    (Marker?: string) => iam.listAttachedRolePolicies({ RoleName, ...(Marker ? { Marker } : {}) }),
    after,
  );
  return all.flatMap((page) => (page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []));
}

async function inline(iam: Iam, RoleName: string): Promise<Record<string, PolicyDocument>> {
  const names = await inlineNames(iam, RoleName);
  const documents = await Promise.all(
    names.map(async (PolicyName) => decode((await iam.getRolePolicy({ RoleName, PolicyName })).PolicyDocument)),
  );
  return Object.fromEntries(
    names.flatMap((name, index) => (documents[index] ? [[name, documents[index]] as const] : [])),
  );
}

async function read(ctx: AwsContext, name: string): Promise<Live<RoleProps>> {
  const iam = await ctx.clients.iam();
  const [{ Role: role }, policies, managedPolicies] = await Promise.all([
    iam.getRole({ RoleName: name }),
    inline(iam, name),
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

// A fresh role reads as missing, or with its unique id in place of the ARN, until IAM has spread it.
async function visible(ctx: AwsContext, name: string): Promise<true | string> {
  const iam = await ctx.clients.iam();
  const found = await unless(ABSENT, iam.getRole({ RoleName: name }));
  return found?.Role?.Arn?.startsWith("arn:") === true || "the new role is not visible yet";
}

function* putPolicies(
  ctx: AwsContext,
  RoleName: string,
  put: readonly (readonly [string, PolicyDocument])[],
  drop: readonly string[],
): Iterable<Call> {
  for (const [PolicyName, document] of put) {
    yield call("iam:PutRolePolicy", async () =>
      (await ctx.clients.iam()).putRolePolicy({ RoleName, PolicyName, PolicyDocument: JSON.stringify(document) }),
    );
  }
  for (const PolicyName of drop) {
    yield forget("iam:DeleteRolePolicy", ABSENT, async () =>
      (await ctx.clients.iam()).deleteRolePolicy({ RoleName, PolicyName }),
    );
  }
}

function* attach(ctx: AwsContext, RoleName: string, add: readonly string[], drop: readonly string[]): Iterable<Call> {
  for (const PolicyArn of add) {
    yield call("iam:AttachRolePolicy", async () => (await ctx.clients.iam()).attachRolePolicy({ RoleName, PolicyArn }));
  }
  for (const PolicyArn of drop) {
    yield forget("iam:DetachRolePolicy", ABSENT, async () =>
      (await ctx.clients.iam()).detachRolePolicy({ RoleName, PolicyArn }),
    );
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
  read: (ctx, wanted) => readEach(wanted, ({ name }) => unless(ABSENT, read(ctx, name))),
  // Tag search knows no roles: by name pattern here, the engine then reads the mark.
  async owned(ctx) {
    const iam = await ctx.clients.iam();
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
        (await ctx.clients.iam()).createRole({
          RoleName: name,
          Path: props.path,
          ...(props.description ? { Description: props.description } : {}),
          AssumeRolePolicyDocument: JSON.stringify(props.trust),
          MaxSessionDuration: props.maxSessionSeconds,
          ...(props.permissionsBoundary ? { PermissionsBoundary: props.permissionsBoundary } : {}),
          Tags: tagList(tags),
        }),
      { creates: true, ready: () => visible(ctx, name) },
    );
    yield* putPolicies(ctx, name, Object.entries(props.policies), []);
    yield* attach(ctx, name, props.managedPolicies, []);
  },
  *update(ctx, { address: { name }, props, live, changed }) {
    if (changed.has("trust")) {
      yield call("iam:UpdateAssumeRolePolicy", async () =>
        (await ctx.clients.iam()).updateAssumeRolePolicy({
          RoleName: name,
          PolicyDocument: JSON.stringify(props.trust),
        }),
      );
    }
    if (changed.has("description") || changed.has("maxSessionSeconds")) {
      // Both always: a duration that is not sent falls back to one hour.
      yield call("iam:UpdateRole", async () =>
        (await ctx.clients.iam()).updateRole({
          RoleName: name,
          Description: props.description,
          MaxSessionDuration: props.maxSessionSeconds,
        }),
      );
    }
    if (changed.has("permissionsBoundary")) yield boundary(ctx, name, props.permissionsBoundary);
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
  async *delete(ctx, { name }) {
    // DeleteRole refuses while anything is on the role; what is on it now counts, not what was read for the plan.
    const iam = await ctx.clients.iam();
    const [policies, managed] = await Promise.all([
      unless(ABSENT, inlineNames(iam, name)),
      unless(ABSENT, attached(iam, name)),
    ]);
    yield* attach(ctx, name, [], managed ?? []);
    yield* putPolicies(ctx, name, [], policies ?? []);
    yield forget("iam:DeleteRole", ABSENT, () => iam.deleteRole({ RoleName: name }));
  },
  *retag(ctx, { name }, _live, set, remove) {
    if (Object.keys(set).length > 0) {
      yield call("iam:TagRole", async () => (await ctx.clients.iam()).tagRole({ RoleName: name, Tags: tagList(set) }));
    }
    if (remove.length > 0) {
      yield call("iam:UntagRole", async () =>
        (await ctx.clients.iam()).untagRole({ RoleName: name, TagKeys: [...remove] }),
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

const boundary = (ctx: AwsContext, RoleName: string, policy: string | null): Call =>
  policy === null
    ? forget("iam:DeleteRolePermissionsBoundary", ABSENT, async () =>
        (await ctx.clients.iam()).deleteRolePermissionsBoundary({ RoleName }),
      )
    : call("iam:PutRolePermissionsBoundary", async () =>
        (await ctx.clients.iam()).putRolePermissionsBoundary({ RoleName, PermissionsBoundary: policy }),
      );

/** Quota of a role's inline policies, all together, white space not counted. */
const INLINE_LIMIT = 10_240;

function lint(address: Address, { policies, maxSessionSeconds }: RoleProps): readonly Finding[] {
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
