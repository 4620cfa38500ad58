/** Names are chosen and ARNs are computed, so every reference resolves before anything exists. */
export interface Scope {
  readonly project: string;
  readonly env: string;
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`: from the caller's own ARN or the region, never a literal elsewhere. */
  readonly partition: string;
}

/** Source: the region prefixes of AWS's partitions. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("eusc-")) return "aws-eusc";
  return "aws";
}

/** Where something lies. */
export type Place = Pick<Scope, "account" | "region" | "partition">;

/** ARN of what lies in a region of an account, as most do. Each service's folder spells its own. */
export const regionalArn = (service: string, s: Place, resource: string): string =>
  `arn:${s.partition}:${service}:${s.region}:${s.account}:${resource}`;

/** `metriccare_bronze_patient_dev` */
export const nameOf = (s: Pick<Scope, "project" | "env">, id: string): string => `${s.project}_${id}_${s.env}`;
