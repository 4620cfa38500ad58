import type { PolicyStatement } from "../services/iam/props.ts";
import { keyStatement } from "../services/kms-statement.ts";
import type { BucketConfig } from "../services/s3/section.ts";
import type { Expansion } from "./expansion.ts";

/** Buckets whose copies are made under a role, by id. */
const replicatedBy = ({ config }: Expansion, role: string): [string, BucketConfig][] =>
  Object.entries(config.buckets).filter(([, { replication }]) => replication?.role === role);

const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]): PolicyStatement => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource,
});

/** Statements of a role that S3 copies under. Source: S3 user guide, "Setting up permissions for live replication". */
export function replicationStatements(build: Expansion, role: string): PolicyStatement[] {
  const buckets = replicatedBy(build, role);
  if (buckets.length === 0) return [];
  const arnOf = (text: string): string => build.names.named("buckets", text).arn;
  const from = buckets.map(([id]) => arnOf(id));
  const rules = buckets.flatMap(([, { replication }]) => Object.values(replication?.rules ?? {}));
  const into = [...new Set(rules.map(({ destination }) => arnOf(destination.bucket)))];
  const sourceKeys = buckets.map(([, { encryption }]) =>
    encryption.algorithm === "AES256" ? undefined : encryption.kmsKeyId,
  );
  return [
    allow("ReadReplication", ["s3:GetReplicationConfiguration", "s3:ListBucket"], from),
    allow(
      "ReadSource",
      [
        "s3:GetObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
      ],
      from.map((one) => `${one}/*`),
    ),
    allow(
      "WriteCopies",
      ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
      into.map((one) => `${one}/*`),
    ),
    ...keyStatement(build.scope, "ReadSourceKeys", sourceKeys, ["kms:Decrypt"]),
    ...keyStatement(
      build.scope,
      "WriteCopyKeys",
      rules.map(({ destination }) => destination.kmsKeyId),
      ["kms:Encrypt", "kms:GenerateDataKey"],
    ),
  ];
}
