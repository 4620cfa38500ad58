import { slipOf } from "../../config/index.ts";
import type { BucketConfig } from "../../services/s3/section.ts";
import { LOGS, REPORTS } from "../../services/s3/declare-settings.ts";
import { FUNCTION_ID } from "../ids.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { missing } from "./reference.ts";
import { writesInto } from "./references.ts";

type Path = Problem["path"];

/** What the optional settings of buckets name, and what they forbid each other. */
export const checkBuckets = (config: LakehouseConfig): Problem[] =>
  Object.entries(config.buckets).flatMap(([id, bucket]) => [
    ...checkStatements(id, bucket),
    ...checkPlaces(config, id, bucket),
    ...checkReplication(config, id, bucket),
    ...checkNotifications(config, id, bucket),
    ...checkLogging(config, id, bucket),
  ]);

const RESERVED = ["TlsOnly", LOGS, REPORTS];

const checkStatements = (id: string, { statements = {} }: BucketConfig): Problem[] =>
  Object.keys(statements)
    .filter((key) => RESERVED.includes(key))
    .map((key) => ({
      path: ["buckets", id, "statements", key],
      message: "is the Sid of a statement that follows from the config",
      suggestion: "Choose another one; both then apply.",
    }));

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Id of a bucket here, or the name or ARN of another one. A name that is nearly an id is taken for a slip. */
function bucketProblem(path: Path, text: string, config: LakehouseConfig): Problem[] {
  if (Object.hasOwn(config.buckets, text) || /^arn:[^:]+:s3:::/.test(text)) return [];
  const slip = !BUCKET.test(text) || slipOf(text, Object.keys(config.buckets)) !== undefined;
  return slip ? missing(path, "bucket", text, config.buckets, "buckets") : [];
}

const checkPlaces = (config: LakehouseConfig, id: string, bucket: BucketConfig): Problem[] => {
  const { inventory = {}, analytics = {}, logging } = bucket;
  const at = (...path: (string | number)[]): Path => ["buckets", id, ...path];
  return [
    ...(logging ? bucketProblem(at("logging", "bucket"), logging.bucket, config) : []),
    ...Object.entries(inventory).flatMap(([key, { destination }]) => [
      ...bucketProblem(at("inventory", key, "destination", "bucket"), destination.bucket, config),
      ...((destination.encryption === "SSE-KMS") === (destination.kmsKeyId !== undefined)
        ? []
        : [
            {
              path: at("inventory", key, "destination"),
              message: "`encryption: SSE-KMS` and `kmsKeyId` go together",
              suggestion: "Say both, or neither.",
            },
          ]),
    ]),
    ...Object.entries(analytics).flatMap(([key, one]) =>
      one.export ? bucketProblem(at("analytics", key, "export", "bucket"), one.export.bucket, config) : [],
    ),
  ];
};

function checkReplication(config: LakehouseConfig, id: string, { replication }: BucketConfig): Problem[] {
  if (replication === undefined) return [];
  const at = ["buckets", id, "replication"];
  const rules = Object.entries(replication.rules);
  return rules.flatMap(([key, { destination }]) => {
    const path = [...at, "rules", key, "destination", "bucket"];
    const to = config.buckets[destination.bucket];
    if (destination.bucket === id) return [{ path, message: "is the bucket itself" }];
    // "Destination bucket must have versioning enabled."
    if (to && !to.versioning)
      return [{ path, message: `bucket \`${destination.bucket}\` keeps no versions, and takes no copies without` }];
    const back = Object.values(to?.replication?.rules ?? {}).some((rule) => rule.destination.bucket === id);
    if (back && id < destination.bucket)
      return [
        {
          path,
          message: `buckets \`${id}\` and \`${destination.bucket}\` copy into each other: neither could be made before the other`,
          suggestion: "Copy one way here; in one region a second copy back is of no use.",
        },
      ];
    return bucketProblem(path, destination.bucket, config);
  });
}

function checkLogging(config: LakehouseConfig, id: string, { logging }: BucketConfig): Problem[] {
  const to = logging && config.buckets[logging.bucket];
  if (!logging || !to) return [];
  const path = ["buckets", id, "logging", "bucket"];
  if (to.logging?.bucket === id && id !== logging.bucket)
    return [
      {
        path,
        message: `buckets \`${id}\` and \`${logging.bucket}\` log into each other: each line that is written makes another one, for ever`,
        suggestion: "Let both log into a third one.",
      },
    ];
  // "The target bucket must not have a default retention period."
  if (to.objectLock?.mode !== undefined)
    return [
      { path, message: `bucket \`${logging.bucket}\` locks its objects by default, and takes no access logs then` },
    ];
  return [];
}

/** Objects that the pipeline itself writes would start it again, for ever. */
function checkNotifications(config: LakehouseConfig, id: string, { notifications }: BucketConfig): Problem[] {
  return Object.entries(notifications).flatMap(([key, one]): Problem[] => {
    const at = ["buckets", id, "notifications", key];
    if (one.function === FUNCTION_ID && writesInto(config, id, one.prefix))
      return [
        {
          path: [...at, "function"],
          message: `the pipeline itself writes into \`${id}\`, so each run would start the next for ever`,
          suggestion: "Name another function, a queue or a topic.",
        },
      ];
    return [];
  });
}
