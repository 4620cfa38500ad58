import type { Scope } from "../../aws/arn.ts";
import { keyStatement } from "../compile/key-statement.ts";
import type { PolicyStatement } from "../iam/props.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Audience } from "./grant.ts";
import { uploadBuckets } from "./uploads.ts";

const bucketKeys = (config: LakehouseConfig, ids: readonly string[]): (string | undefined)[] =>
  ids.map((id) => {
    const encryption = config.buckets[id]?.encryption;
    return encryption?.algorithm === "aws:kms" ? encryption.kmsKeyId : undefined;
  });

/** KMS keys of the config: the services use them with the caller's rights. */
export function keyStatements(config: LakehouseConfig, scope: Scope, audience: Audience): PolicyStatement[] {
  const read = [...bucketKeys(config, ["gold", "silver", "bronze", ...uploadBuckets(config)]), config.ledger.kmsKeyId];
  if (audience === "reader") return keyStatement(scope, "ReadWithKeys", read, ["kms:Decrypt", "kms:DescribeKey"]);
  const written = bucketKeys(config, [...uploadBuckets(config), config.function.events.bucket]);
  return [
    ...keyStatement(scope, "UseKeys", [...read, ...written], ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]),
    // DynamoDB and Lambda hold their key by a grant that the caller makes.
    ...keyStatement(
      scope,
      "GrantKeys",
      [config.ledger.kmsKeyId, config.function.kmsKeyArn],
      ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"],
    ),
  ];
}
