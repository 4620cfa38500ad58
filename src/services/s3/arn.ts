import type { Place, Scope } from "../../aws/arn.ts";

/** ARNs of S3: names of buckets are global. */
export const s3Arn = { bucket: (s: Place, name: string): string => `arn:${s.partition}:s3:::${name}` };

/** `metriccare-raw-dev-123456789012-us-east-1`: bucket names are global, so account and region are in them. */
export const bucketNameOf = (s: Scope, id: string): string => `${s.project}-${id}-${s.env}-${s.account}-${s.region}`;
