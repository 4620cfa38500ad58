import type { FindingCode } from "../../codes/index.ts";
import { type Address, addressText, type Finding } from "../../engine/types.ts";
import { lifecycleMistakes } from "./lint-lifecycle.ts";
import type { BucketProps } from "./props.ts";
import { isPublic } from "./settings/index.ts";

/** What AWS would refuse, in the words of the config: code, text, what to do. */
export type Mistake = readonly [code: FindingCode, text: string, fix: string];

/** What S3 would refuse of a bucket. */
export function lint(address: Address, props: BucketProps): readonly Finding[] {
  const mistakes = [
    ...nameMistakes(address.name, props),
    ...encryptionMistakes(props),
    ...aclMistakes(props),
    ...versionMistakes(address.name, props),
    ...replicationMistakes(props),
    ...lifecycleMistakes(props.lifecycleRules ?? {}),
    ...statementMistakes(props),
  ];
  return mistakes.map(([code, text, fix]) => ({ code, level: "error", at: addressText(address), text, fix }));
}

function nameMistakes(name: string, { accelerate }: BucketProps): Mistake[] {
  return [
    ...(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..")
      ? []
      : [
          [
            "bucket_name",
            `"${name}" is no bucket name`,
            "Use 3 to 63 lower-case letters, digits, dots and hyphens.",
          ] as const,
        ]),
    // "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
    ...(accelerate && name.includes(".")
      ? [
          [
            "bucket_accelerate",
            "S3 accelerates no bucket with a dot in its name",
            "Choose a name without dots.",
          ] as const,
        ]
      : []),
  ];
}

const encryptionMistakes = ({ encryption, kmsKey, bucketKey }: BucketProps): Mistake[] =>
  encryption === "AES256" && (kmsKey !== null || bucketKey)
    ? [["bucket_encryption", "a KMS key has no meaning with AES256", "Choose aws:kms, or leave the key out."]]
    : [];

function aclMistakes({ acl = [], ownership, publicAccess }: BucketProps): Mistake[] {
  if (acl.length === 0) return [];
  return [
    // "AccessControlListNotSupported: The bucket does not allow ACLs"
    ...(ownership === "BucketOwnerEnforced"
      ? [
          [
            "bucket_acl",
            "a bucket with ownership BucketOwnerEnforced allows no ACLs",
            "Choose `ownership: BucketOwnerPreferred`, or say it in `statements`.",
          ] as const,
        ]
      : []),
    // "AccessDenied" without a word of why.
    ...(publicAccess.blockPublicAcls && isPublic(acl)
      ? [
          [
            "bucket_acl_public",
            "the public access block refuses an ACL that is for everybody",
            "Leave the ACL out, or say `publicAccessBlock: {blockPublicAcls: false}`.",
          ] as const,
        ]
      : []),
  ];
}

/** "Versioning must be 'Enabled' on the bucket to apply a replication configuration", and the like for locks. */
function versionMistakes(name: string, props: BucketProps): Mistake[] {
  const { versioning, objectLock, replication, logging } = props;
  const needs = (what: string, code: FindingCode): Mistake => [
    code,
    `${what} needs versions`,
    "Say `versioning: true`.",
  ];
  return [
    ...(objectLock && !versioning ? [needs("Object Lock", "bucket_lock_versioning")] : []),
    ...(replication && !versioning ? [needs("replication", "bucket_replication_versioning")] : []),
    ...(logging?.bucket === name
      ? [
          [
            "bucket_logs_itself",
            "its access log goes into the bucket itself: each line that is written makes another one, for ever",
            "Name another bucket.",
          ] as const,
        ]
      : []),
  ];
}

function replicationMistakes({ replication }: BucketProps): Mistake[] {
  const rules = Object.entries(replication?.rules ?? {});
  const twice = rules.filter(([key, { priority }]) =>
    rules.some(([other, one]) => other !== key && one.priority === priority),
  );
  return [
    // "Found duplicate priority"
    ...(twice.length > 0
      ? [
          [
            "replication_priority",
            `rules ${twice.map(([key]) => key).join(" and ")} have the same priority`,
            "Give each rule a priority of its own.",
          ] as const,
        ]
      : []),
    ...(replication && rules.length === 0
      ? [["replication_rules", "replication without rules copies nothing", "Give it a rule, or leave it out."] as const]
      : []),
  ];
}

const statementMistakes = ({ statements = {} }: BucketProps): Mistake[] =>
  Object.keys(statements)
    .filter((key) => !/^[A-Za-z0-9]+$/.test(key))
    .map((key): Mistake => ["statement_key", `"${key}" cannot be part of a Sid`, "Use letters and digits."]);
