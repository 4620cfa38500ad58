import type { FindingCode } from "../../codes/index.ts";
import type { Policy } from "@aws-sdk/client-iam";
import { nameOf } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import {
  type Address,
  addressText,
  type Finding,
  type Guard,
  type Kind,
  type Live,
  type Wanted,
} from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, errorCode, forget, given, idOf, pages, readEach, taggedAddresses, unless } from "../kit.ts";
import { samePolicies } from "../statements.ts";
import { lintPolicy } from "./lint.ts";
import { ABSENT, after, decode } from "./policies.ts";
import { BOUNDARY_ID, type PolicyProps } from "./props.ts";
import { iamClient } from "./client.ts";
import { iamArn } from "./arn.ts";

export const coverage = {
  PolicyName: "identity",
  PolicyId: "server",
  Arn: "identity",
  Path: "identity",
  DefaultVersionId: "server",
  AttachmentCount: "server",
  PermissionsBoundaryUsageCount: "server",
  IsAttachable: "server",
  Description: "managed",
  CreateDate: "server",
  UpdateDate: "server",
  Tags: "managed",
} satisfies Coverage<Policy>;

/** IAM keeps this many versions of a policy; one more is refused. */
const VERSIONS = 5;

async function read(ctx: AwsContext, { name, going, props }: Wanted<PolicyProps>): Promise<Live<PolicyProps>> {
  const iam = await ctx.clients.of(iamClient);
  const PolicyArn = iamArn.policy(ctx, name);
  const { Policy: found } = await iam.getPolicy({ PolicyArn });
  const VersionId = found?.DefaultVersionId ?? "v1";
  const { PolicyVersion } = going && props ? {} : await iam.getPolicyVersion({ PolicyArn, VersionId });
  const tags = tagMap(found?.Tags);
  return {
    name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: {
      document: going && props ? props.document : decode(PolicyVersion?.Document),
      // That of the boundary is ours to say, and nobody's to declare.
      ...(isBoundary(ctx, name) ? {} : given("description", found?.Description || undefined)),
    },
  };
}

const isBoundary = (ctx: AwsContext, name: string): boolean => name === nameOf(ctx, BOUNDARY_ID);

/** Policies of the account under names such as ours. IAM's tag search answers in one region alone. */
async function listed(ctx: AwsContext): Promise<readonly Address[]> {
  const iam = await ctx.clients.of(iamClient);
  const all = await pages(
    (Marker?: string) => iam.listPolicies({ Scope: "Local", ...(Marker ? { Marker } : {}) }),
    after,
  );
  return all
    .flatMap((page) => page.Policies ?? [])
    .filter(({ PolicyName = "" }) => PolicyName.startsWith(`${ctx.project}_`) && PolicyName.endsWith(`_${ctx.env}`))
    .map(({ PolicyName = "", Path = "/" }) => addressOf(ctx, `${Path.slice(1)}${PolicyName}`));
}

const addressOf = (ctx: AwsContext, name: string): Address => ({
  kind: "iam.policy",
  id: idOf(ctx, bare(name)),
  name,
});
/** Without its path. */
const bare = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** Ids of the versions that are not in force, the oldest first. */
async function spareVersions(ctx: AwsContext, PolicyArn: string): Promise<readonly string[]> {
  const iam = await ctx.clients.of(iamClient);
  const all = await pages(
    (Marker?: string) => iam.listPolicyVersions({ PolicyArn, ...(Marker ? { Marker } : {}) }),
    after,
  );
  return all
    .flatMap((page) => page.Versions ?? [])
    .filter(({ IsDefaultVersion }) => !IsDefaultVersion)
    .flatMap(({ VersionId }) => VersionId ?? [])
    .toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

const deleteVersion = (ctx: AwsContext, PolicyArn: string, VersionId: string) =>
  forget("iam:DeletePolicyVersion", ABSENT, async () =>
    (await ctx.clients.of(iamClient)).deletePolicyVersion({ PolicyArn, VersionId }),
  );

/** DeletePolicy refuses while older versions are there: only where something was changed there are any. */
async function deletePolicy(ctx: AwsContext, PolicyArn: string): Promise<void> {
  const iam = await ctx.clients.of(iamClient);
  try {
    await iam.deletePolicy({ PolicyArn });
  } catch (error) {
    if (errorCode(error) !== "DeleteConflict") throw error;
    const spare = await spareVersions(ctx, PolicyArn);
    if (spare.length === 0) throw error;
    for (const VersionId of spare) await unless(ABSENT, iam.deletePolicyVersion({ PolicyArn, VersionId }));
    await iam.deletePolicy({ PolicyArn });
  }
}

const GUARDED: Readonly<Record<Guard, readonly [code: FindingCode, text: string]>> = {
  read: ["boundary_read", "your rights do not show it"],
  make: ["boundary_make", "it is not there, and your rights do not make it"],
  change: ["boundary_change", "it is not as the config has it, and your rights do not change it"],
  delete: ["boundary_delete", "your rights do not delete it"],
  differs: [
    "boundary_differs",
    "somebody else keeps it (it does not bear our mark), and it is not as the config has it",
  ],
};

/** The roles' boundary may be the security team's: what we may not do about it is told. */
const guarded = (ctx: AwsContext, address: { kind: string; id: string; name: string }, what: Guard): Finding => ({
  code: GUARDED[what][0],
  level: "note",
  at: addressText(address),
  text: `the permissions boundary ${address.name} stays as it is: ${GUARDED[what][1]}`,
  fix: `\`metriccare iam-policy boundary --env ${ctx.env}\` prints it, for whoever keeps it.`,
});

/** Managed policies, the permissions boundary of an environment's roles among them. */
export const policy: Kind<PolicyProps, AwsContext> = {
  name: "iam.policy",
  fields: {
    document: { equal: (a, b) => samePolicies({ a }, { a: b }) },
    description: {
      onChange: "refuse",
      reason: "IAM takes a description as the policy is made and never after: with another `name` it is made anew",
    },
  },
  handles: (ctx, { name }) => [iamArn.policy(ctx, name)],
  needs: () => [],
  read: (ctx, wanted) => readEach(wanted, (one) => unless(ABSENT, read(ctx, one))),
  // There is one boundary, and its name is known: it is looked for only where the config has no use for it any more. Others are
  // listed by who declares one.
  owned: async (ctx, declared = []) => {
    const others = declared.some(({ id }) => id !== BOUNDARY_ID);
    const found = [
      ...(others ? await listed(ctx) : []),
      ...(await taggedAddresses(ctx, "iam.policy", "iam", "policy/")).map(({ name }) => addressOf(ctx, name)),
    ];
    const boundary = { kind: "iam.policy", id: BOUNDARY_ID, name: nameOf(ctx, BOUNDARY_ID) };
    return [boundary, ...found.filter(({ name }) => name !== boundary.name)];
  },
  guarded,
  guards: ({ id }) => id === BOUNDARY_ID,
  *create(ctx, { address: { name }, props, tags }) {
    yield call(
      "iam:CreatePolicy",
      async () =>
        (await ctx.clients.of(iamClient)).createPolicy({
          PolicyName: bare(name),
          ...given("Path", name.includes("/") ? `/${name.slice(0, name.lastIndexOf("/") + 1)}` : undefined),
          ...given(
            "Description",
            isBoundary(ctx, name) ? `The most that a role of ${ctx.owner} may ever do` : props.description,
          ),
          PolicyDocument: JSON.stringify(props.document),
          Tags: tagList(tags),
        }),
      { creates: true },
    );
  },
  async *update(ctx, { address: { name }, props, changed }) {
    if (!changed.has("document")) return;
    const PolicyArn = iamArn.policy(ctx, name);
    const spare = await spareVersions(ctx, PolicyArn);
    const [oldest] = spare;
    if (oldest !== undefined && spare.length + 1 >= VERSIONS) yield deleteVersion(ctx, PolicyArn, oldest);
    yield call("iam:CreatePolicyVersion", async () =>
      (await ctx.clients.of(iamClient)).createPolicyVersion({
        PolicyArn,
        PolicyDocument: JSON.stringify(props.document),
        SetAsDefault: true,
      }),
    );
  },
  *delete(ctx, { name }) {
    yield forget("iam:DeletePolicy", ABSENT, () => deletePolicy(ctx, iamArn.policy(ctx, name)));
  },
  *retag(ctx, { name }, _live, set, remove) {
    const PolicyArn = iamArn.policy(ctx, name);
    if (Object.keys(set).length > 0)
      yield call("iam:TagPolicy", async () =>
        (await ctx.clients.of(iamClient)).tagPolicy({ PolicyArn, Tags: tagList(set) }),
      );
    if (remove.length > 0)
      yield call("iam:UntagPolicy", async () =>
        (await ctx.clients.of(iamClient)).untagPolicy({ PolicyArn, TagKeys: [...remove] }),
      );
  },
  lane: ({ name }) => `iam ${name}`,
  lint: lintPolicy,
  permissions: {
    read: ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicies"],
    create: ["iam:CreatePolicy", "iam:TagPolicy"],
    update: [
      "iam:CreatePolicyVersion",
      "iam:DeletePolicyVersion",
      "iam:ListPolicyVersions",
      "iam:TagPolicy",
      "iam:UntagPolicy",
    ],
    delete: ["iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:ListPolicyVersions"],
  },
};
