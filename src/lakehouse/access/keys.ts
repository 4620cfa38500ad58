import type { Scope } from "../../aws/arn.ts";
import { keyStatement } from "../../services/kms-statement.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Audience } from "./grant.ts";
import { uploadBuckets } from "./uploads.ts";

const bucketKeys = (config: LakehouseConfig, ids: readonly string[]): (string | undefined)[] =>
  ids.map((id) => {
    const encryption = config.buckets[id]?.encryption;
    return encryption && encryption.algorithm !== "AES256" ? encryption.kmsKeyId : undefined;
  });

/** KMS keys of the config: the services use them with the caller's rights. */
export function keyStatements(config: LakehouseConfig, scope: Scope, audience: Audience): PolicyStatement[] {
  const uploads = bucketKeys(config, uploadBuckets(config));
  const tables = [config.ledger, ...Object.values(config.tables)].map(({ kmsKeyId }) => kmsKeyId);
  const functions = [config.function, ...Object.values(config.functions)].flatMap(({ kmsKeyArn, sourceKmsKeyArn }) => [
    kmsKeyArn,
    sourceKmsKeyArn,
  ]);
  // A plan asks KMS which key an alias is, whoever uses the key.
  const known = [
    ...bucketKeys(config, Object.keys(config.buckets)),
    ...tables,
    ...[config.alerts, ...Object.values(config.topics)].map(({ kmsKeyId }) => kmsKeyId),
    ...functions,
    ...[config.logs, ...Object.values(config.logGroups)].map(({ kmsKeyId }) => kmsKeyId),
    ...Object.values(config.queues).map(({ kmsKeyId }) => kmsKeyId),
  ];
  const besides = (others: readonly (string | undefined)[]): PolicyStatement[] =>
    keyStatement(
      scope,
      "KnowKeys",
      known.filter((key) => !others.includes(key)),
      ["kms:DescribeKey"],
    );
  const read = [
    ...bucketKeys(
      config,
      (["gold", "silver", "bronze"] as const).map((layer) => config.layers[layer].bucket),
    ),
    ...uploads,
    config.ledger.kmsKeyId,
  ];
  // A reader opens scripts, and may know of the other keys.
  if (audience === "reader")
    return [...keyStatement(scope, "ReadWithKeys", uploads, ["kms:Decrypt", "kms:DescribeKey"]), ...besides(uploads)];
  const raw = bucketKeys(config, [config.function.events.bucket]);
  if (audience === "operator")
    return [
      ...keyStatement(scope, "ReadWithKeys", read, ["kms:Decrypt", "kms:DescribeKey"]),
      ...keyStatement(scope, "UseKeys", raw, ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]),
    ];
  // DynamoDB and Lambda hold their key by a grant that the caller makes, and may make for them alone.
  const granted = [...tables, ...functions];
  return [
    ...keyStatement(
      scope,
      "UseKeys",
      [...read, ...uploads, ...raw],
      ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
    ),
    ...besides([...read, ...uploads, ...raw, ...granted]),
    ...keyStatement(scope, "EncryptWithKeys", granted, ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]),
    ...keyStatement(scope, "GrantKeys", granted, ["kms:CreateGrant"]).map((statement) => ({
      ...statement,
      Condition: { ...statement.Condition, Bool: { "kms:GrantIsForAWSResource": "true" } },
    })),
  ];
}
