import type { EncryptionConfiguration, SecurityConfiguration } from "@aws-sdk/client-glue";
import { nameOf } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { type Address, addressText, type FieldRule, type Finding, type Kind, type Live } from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, forget, idOf, orNull, pages, readEach, unless } from "../kit.ts";
import { ABSENT } from "./tags.ts";
import { glueClient } from "./client.ts";

export const securityConfigurationCoverage = {
  Name: "identity",
  CreatedTimeStamp: "server",
  EncryptionConfiguration: "managed",
} as const satisfies Coverage<SecurityConfiguration>;

export const encryptionCoverage = {
  S3Encryption: "managed",
  CloudWatchEncryption: "managed",
  JobBookmarksEncryption: "managed",
  DataQualityEncryption: "managed",
} as const satisfies Coverage<EncryptionConfiguration>;

export interface Encryption {
  readonly mode: string;
  /** ARN of a KMS key. */
  readonly kmsKeyArn: string | null;
}

/** Address: `name` is its name, which is also the mark. Handle: `glue.securityConfiguration:<name>`. */
export interface SecurityConfigurationProps {
  readonly s3: Encryption;
  readonly cloudWatch: Encryption;
  readonly jobBookmarks: Encryption;
  readonly dataQuality: Encryption;
}

const of = (mode: string | undefined, key: string | undefined): Encryption => ({
  mode: mode ?? "DISABLED",
  kmsKeyArn: orNull(key),
});

function propsOf({ EncryptionConfiguration: found = {} }: SecurityConfiguration): SecurityConfigurationProps {
  const [s3] = found.S3Encryption ?? [];
  const { CloudWatchEncryption: logs, JobBookmarksEncryption: marks, DataQualityEncryption: quality } = found;
  return {
    s3: of(s3?.S3EncryptionMode, s3?.KmsKeyArn),
    cloudWatch: of(logs?.CloudWatchEncryptionMode, logs?.KmsKeyArn),
    jobBookmarks: of(marks?.JobBookmarksEncryptionMode, marks?.KmsKeyArn),
    dataQuality: of(quality?.DataQualityEncryptionMode, quality?.KmsKeyArn),
  };
}

/** Texts of the config's own lists; the SDK's types are open ones. Data quality is named where it is encrypted: older models do not know it. */
const definition = (props: SecurityConfigurationProps): EncryptionConfiguration => ({
  S3Encryption: [{ S3EncryptionMode: props.s3.mode as "SSE-KMS", KmsKeyArn: props.s3.kmsKeyArn ?? undefined }],
  CloudWatchEncryption: {
    CloudWatchEncryptionMode: props.cloudWatch.mode as "SSE-KMS",
    KmsKeyArn: props.cloudWatch.kmsKeyArn ?? undefined,
  },
  JobBookmarksEncryption: {
    JobBookmarksEncryptionMode: props.jobBookmarks.mode as "CSE-KMS",
    KmsKeyArn: props.jobBookmarks.kmsKeyArn ?? undefined,
  },
  ...(props.dataQuality.mode === "DISABLED"
    ? {}
    : {
        DataQualityEncryption: {
          DataQualityEncryptionMode: props.dataQuality.mode as "SSE-KMS",
          KmsKeyArn: props.dataQuality.kmsKeyArn ?? undefined,
        },
      }),
});

/** AWS has no tags on them: the name of the environment's pattern is the mark. No other project's names match it. */
export const bearsMark = (ctx: Pick<AwsContext, "project" | "env">, name: string): boolean =>
  name.startsWith(`${ctx.project}_`) && name.endsWith(`_${ctx.env}`) && name.length > nameOf(ctx, "").length;

const FIXED: FieldRule = { onChange: "replace", reason: "AWS cannot change a security configuration" };

async function readOne(ctx: AwsContext, { name }: Address): Promise<Live<SecurityConfigurationProps> | undefined> {
  const glue = await ctx.clients.of(glueClient);
  const answer = await unless(ABSENT, glue.getSecurityConfiguration({ Name: name }));
  if (!answer?.SecurityConfiguration) return undefined;
  const owner = bearsMark(ctx, name) ? { owner: ctx.owner } : {};
  return { name, props: propsOf(answer.SecurityConfiguration), tags: {}, ...owner };
}

/** On jobs and crawlers that use one of ours: where the config names none any more, tag search still tells that there was one. */
export const SECURED_TAG = "metriccare:secured-by";

/** Undeclared ones of ours. There is no tag search for them, and a list is a call: only who has, or had, one pays for it. */
async function leftovers(ctx: AwsContext, declared: readonly Address[] = []): Promise<readonly Address[]> {
  if (declared.length === 0 && (await ctx.tagValues(SECURED_TAG)).length === 0) return [];
  const glue = await ctx.clients.of(glueClient);
  const all = await pages(
    (NextToken?: string) => glue.getSecurityConfigurations(NextToken ? { NextToken } : {}),
    (page) => page.NextToken || undefined,
  );
  return all
    .flatMap((page) => page.SecurityConfigurations ?? [])
    .flatMap(({ Name: name = "" }) =>
      bearsMark(ctx, name) ? [{ kind: "glue.securityConfiguration", id: idOf(ctx, name), name }] : [],
    );
}

/** A key without a use, and a use without a key. */
function lint(address: Address, props: SecurityConfigurationProps): readonly Finding[] {
  return Object.entries(props).flatMap(([part, { mode, kmsKeyArn }]: [string, Encryption]): Finding[] => {
    const keyed = mode.endsWith("-KMS");
    if (keyed === (kmsKeyArn !== null)) return [];
    return [
      {
        code: "security_configuration_key",
        level: "error",
        at: addressText(address),
        text: keyed ? `${part} is ${mode} and names no key` : `${part} is ${mode}, and its key would not be used`,
        fix: keyed ? `Add ${part}.kmsKeyArn, the ARN of a KMS key.` : `Remove ${part}.kmsKeyArn, or change the mode.`,
      },
    ];
  });
}

/** How jobs and crawlers encrypt what they write. AWS takes no change: another one is made in its place. */
export const securityConfiguration: Kind<SecurityConfigurationProps, AwsContext> = {
  name: "glue.securityConfiguration",
  untaggable: true,
  fields: { s3: FIXED, cloudWatch: FIXED, jobBookmarks: FIXED, dataQuality: FIXED },
  handles: (_ctx, { name }) => [`glue.securityConfiguration:${name}`],
  needs: (_ctx, _address, props) => Object.values(props).flatMap(({ kmsKeyArn }: Encryption) => kmsKeyArn ?? []),
  read: (ctx, wanted) => readEach(wanted, (one) => readOne(ctx, one)),
  owned: leftovers,
  *create(ctx, { address, props }) {
    yield call(
      "glue:CreateSecurityConfiguration",
      async () =>
        (await ctx.clients.of(glueClient)).createSecurityConfiguration({
          Name: address.name,
          EncryptionConfiguration: definition(props),
        }),
      { creates: true },
    );
  },
  update: () => [],
  *delete(ctx, { name }) {
    yield forget("glue:DeleteSecurityConfiguration", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteSecurityConfiguration({ Name: name }),
    );
  },
  lint,
  permissions: {
    read: ["glue:GetSecurityConfiguration", "glue:GetSecurityConfigurations"],
    create: ["glue:CreateSecurityConfiguration"],
    update: [],
    delete: ["glue:DeleteSecurityConfiguration"],
  },
};
