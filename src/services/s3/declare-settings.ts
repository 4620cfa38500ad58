import type { Build } from "../build.ts";
import type { PolicyStatement } from "../iam/props.ts";
import { given } from "../kit.ts";
import { ownStatements } from "../statements.ts";
import type { BucketProps, ObjectProps } from "./props.ts";
import type { BucketConfig, UploadConfig } from "./section.ts";
import { grantsOf } from "./settings/index.ts";

type Lookup = Pick<Build, "named">;

const mapValues = <A, B>(map: Readonly<Record<string, A>>, change: (one: A, place: number) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([key, one], place) => [key, change(one, place)]));

function replicationOf({ replication }: BucketConfig, { named }: Lookup): BucketProps["replication"] {
  if (replication === undefined) return undefined;
  return {
    role: named("roles", replication.role).arn,
    rules: mapValues(replication.rules, ({ destination, priority, ...rule }, place) => ({
      ...rule,
      priority: priority ?? place + 1,
      destination: {
        ...destination,
        bucket: named("buckets", destination.bucket).arn,
        // AWS demands the one with the other.
        metrics: destination.metrics || destination.replicationTime,
      },
    })),
  };
}

/** The optional settings of a bucket: those that the config does not name are absent. */
export function settingsOf(config: BucketConfig, build: Lookup): Partial<BucketProps> {
  const { acl, logging, inventory, analytics, lifecycle, encryption } = config;
  const to = (text: string): string => build.named("buckets", text).arn;
  return {
    ...given("blockedEncryption", encryption.blockedEncryptionTypes),
    ...given("lifecycleRules", lifecycle.rules),
    ...given("transitionMinimumSize", lifecycle.transitionDefaultMinimumObjectSize),
    ...given("objectLock", config.objectLock),
    ...given("acl", acl === undefined ? undefined : grantsOf(acl)),
    ...given("cors", config.cors),
    ...given("logging", logging && { ...logging, bucket: build.named("buckets", logging.bucket).name }),
    ...given("website", config.website),
    ...given("replication", replicationOf(config, build)),
    ...given("accelerate", config.accelerate),
    ...given("requestPayer", config.requestPayer),
    ...given("eventBridge", config.eventBridge),
    ...given("intelligentTiering", config.intelligentTiering),
    ...given(
      "inventory",
      inventory &&
        mapValues(inventory, ({ destination, ...one }) => ({
          ...one,
          destination: { ...destination, bucket: to(destination.bucket) },
        })),
    ),
    ...given("metrics", config.metrics),
    ...given(
      "analytics",
      analytics &&
        mapValues(analytics, (one) =>
          one.export ? { ...one, export: { ...one.export, bucket: to(one.export.bucket) } } : one,
        ),
    ),
  };
}

/** Sids of statements that follow from other buckets. */
export const LOGS = "AccessLogs";
export const REPORTS = "Reports";

/** Buckets whose access logs come here, and those whose lists and analyses do. */
function sourcesOf(buckets: Readonly<Record<string, BucketConfig>>, name: string, { named }: Lookup) {
  const here = (text: string | undefined): boolean => text !== undefined && named("buckets", text).name === name;
  const ids = Object.keys(buckets);
  const arns = (chosen: (config: BucketConfig) => boolean): string[] =>
    ids.filter((id) => buckets[id] && chosen(buckets[id])).map((id) => named("buckets", id).arn);
  return {
    logs: arns(({ logging }) => here(logging?.bucket)),
    reports: arns(
      ({ inventory = {}, analytics = {} }) =>
        Object.values(inventory).some(({ destination }) => here(destination.bucket)) ||
        Object.values(analytics).some((one) => here(one.export?.bucket)),
    ),
  };
}

const deliver = (
  service: string,
  arn: string,
  sources: readonly string[],
  equals: Readonly<Record<string, string>>,
) => ({
  Effect: "Allow" as const,
  Principal: { Service: service },
  Action: "s3:PutObject",
  Resource: `${arn}/*`,
  Condition: { ArnLike: { "aws:SourceArn": [...sources] }, StringEquals: equals },
});

/** Statements of one bucket's policy: its own, and those that let S3 write there what other buckets send. */
export function statementsOf(
  buckets: Readonly<Record<string, BucketConfig>>,
  id: string,
  build: Pick<Build, "named" | "scope">,
): Pick<BucketProps, "statements"> {
  const { name, arn } = build.named("buckets", id);
  const { account } = build.scope;
  const { logs, reports } = sourcesOf(buckets, name, build);
  const all: Record<string, PolicyStatement> = {
    ...(logs.length > 0
      ? { [LOGS]: deliver("logging.s3.amazonaws.com", arn, logs, { "aws:SourceAccount": account }) }
      : {}),
    ...(reports.length > 0
      ? {
          [REPORTS]: deliver("s3.amazonaws.com", arn, reports, {
            "aws:SourceAccount": account,
            "s3:x-amz-acl": "bucket-owner-full-control",
          }),
        }
      : {}),
    ...ownStatements(buckets[id]?.statements, [arn, `${arn}/*`]),
  };
  return Object.keys(all).length > 0 ? { statements: all } : {};
}

/** The optional settings of an object: those that the config does not name are absent. */
export function objectSettingsOf(upload: UploadConfig): Partial<ObjectProps> {
  const { bucket: _b, source: _s, key: _k, zip: _z, contentType: _c, tags: _t, kmsKeyId, ...settings } = upload;
  return Object.assign(
    {},
    ...Object.entries({ ...settings, kmsKey: kmsKeyId }).map(([key, value]) => given(key, value)),
  );
}
