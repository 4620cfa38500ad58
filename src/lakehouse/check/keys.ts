import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

/** A key beside AES256 would be left out without a word: the bucket would not be under it. */
export const checkKeys = (config: LakehouseConfig): Problem[] =>
  Object.entries(config.buckets).flatMap(([id, { encryption }]) =>
    encryption.algorithm === "AES256" && encryption.kmsKeyId !== undefined
      ? [
          {
            path: ["buckets", id, "encryption", "kmsKeyId"],
            message: "a KMS key has no meaning with AES256, which is S3's own keys: the bucket would not use it",
            suggestion: "Say `algorithm: aws:kms`, or leave the key out.",
          },
        ]
      : [],
  );
