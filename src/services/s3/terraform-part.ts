import { ignored, type TerraformCoverage } from "../coverage.ts";

export const owner = ignored("every call names the environment's own account as the owner that it expects");

const bucket = ignored("the bucket is the entry that it stands in");

/** A resource that sets one part of a bucket: the bucket is the entry that it stands in. */
export const part = (name: string, place: string, rest: TerraformCoverage["arguments"]): TerraformCoverage => ({
  resource: `aws_s3_bucket_${name}`,
  section: `buckets.<id>${place}`,
  arguments: { region: "/aws.region", bucket, ...rest },
});
