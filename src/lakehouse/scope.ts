import { partitionOf, type Scope } from "../aws/arn.ts";
import type { LakehouseConfig } from "./schema.ts";

/** Where an environment will be, as far as its config says it: the rest has placeholders of the right length. */
export function scopeOf(config: LakehouseConfig, env: string): Scope {
  const region = config.aws.region ?? "us-east-1";
  const account = config.aws.account ?? "123456789012";
  return { project: config.project, env, account, region, partition: partitionOf(region) };
}
