import type { FindingCode } from "../../codes/index.ts";
import type { Policy } from "@aws-sdk/client-iam";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG, tagList, tagMap } from "../../aws/marks.ts";
import { addressText, type Finding, type Guard, type Kind, type Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, pages, readEach, unless } from "../kit.ts";
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
  Description: ignored("IAM takes it with the creation only and has no call to change it"),
  CreateDate: "server",
  UpdateDate: "server",
  Tags: "managed",
} satisfies Coverage<Policy>;

/** IAM keeps this many versions of a policy; one more is refused. */
const VERSIONS = 5;

async function read(ctx: AwsContext, name: string): Promise<Live<PolicyProps>> {
  const iam = await ctx.clients.of(iamClient);
  const PolicyArn = iamArn.policy(ctx, name);
  const { Policy: found } = await iam.getPolicy({ PolicyArn });
  const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: found?.DefaultVersionId ?? "v1" });
  const tags = tagMap(found?.Tags);
  return {
    name,
    tags,
    ...(tags[OWNER_TAG] === undefined ? {} : { owner: tags[OWNER_TAG] }),
    props: { document: decode(PolicyVersion?.Document) },
  };
}

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

/** The permissions boundary of an environment's roles. */
export const policy: Kind<PolicyProps, AwsContext> = {
  name: "iam.policy",
  fields: { document: { equal: (a, b) => samePolicies({ a }, { a: b }) } },
  handles: (ctx, { name }) => [iamArn.policy(ctx, name)],
  needs: () => [],
  read: (ctx, wanted) => readEach(wanted, ({ name }) => unless(ABSENT, read(ctx, name))),
  // There is one, and its name is known: it is looked for only where the config has no use for it any more.
  owned: async (ctx) => {
    const name = `${ctx.project}_${BOUNDARY_ID}_${ctx.env}`;
    return [{ kind: "iam.policy", id: BOUNDARY_ID, name }];
  },
  guarded,
  *create(ctx, { address: { name }, props, tags }) {
    yield call(
      "iam:CreatePolicy",
      async () =>
        (await ctx.clients.of(iamClient)).createPolicy({
          PolicyName: name,
          Description: `The most that a role of ${ctx.owner} may ever do`,
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
  async *delete(ctx, { name }) {
    const PolicyArn = iamArn.policy(ctx, name);
    // DeletePolicy refuses while older versions are there.
    const spare = (await unless(ABSENT, spareVersions(ctx, PolicyArn))) ?? [];
    for (const version of spare) yield deleteVersion(ctx, PolicyArn, version);
    yield forget("iam:DeletePolicy", ABSENT, async () => (await ctx.clients.of(iamClient)).deletePolicy({ PolicyArn }));
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
    read: ["iam:GetPolicy", "iam:GetPolicyVersion"],
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
