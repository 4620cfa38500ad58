import type { Scope } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import type { Desired, Finding } from "../../engine/types.ts";
import { uploadPrefix } from "../access/uploads.ts";
import { codeIsOurs } from "../check/files.ts";
import { namesOf } from "../naming.ts";
import { provideContent, watchBucket } from "../../services/s3/index.ts";
import type { LakehouseConfig } from "../schema.ts";
import { boundary } from "./boundary.ts";
import type { Build } from "./build.ts";
import { rules, topic } from "./events.ts";
import { withFormer } from "./formerly.ts";
import { lambda } from "./function.ts";
import { jobLogs } from "./logs.ts";
import { databases, jobs, workflow } from "./glue.ts";
import { queues } from "./queues.ts";
import { roles } from "./roles.ts";
import { type Content, Sources } from "./sources.ts";
import { buckets, ledger, objects } from "./storage.ts";

export interface Compiled {
  readonly desired: readonly Desired[];
  /** Sources that could not be read (`source_missing`, `at` is the place in the config). */
  readonly findings: readonly Finding[];
  /** Bytes of uploads and of the function, by the SHA-256 that the props name. */
  readonly contents: readonly Content[];
  /** Names of the buckets that uploads go to, and where in them. */
  readonly uploadPlaces: readonly { bucket: string; prefix: string }[];
}

/**
 * Makes the resources of a config: every name, ARN, argument, policy and permission in full. Reads local files for their
 * hashes and nothing else; the same config and files give the same resources.
 */
export async function compile(config: LakehouseConfig, scope: Scope, projectDir: string): Promise<Compiled> {
  const sources = new Sources(projectDir);
  const build: Build = { config, scope, names: namesOf(config, scope), sources };
  const code = codeIsOurs(config) ? await sources.zip(config.function.source, "function.source") : undefined;
  const desired = [
    ...buckets(build),
    ...(await objects(build, code)),
    ...boundary(build),
    ...roles(build),
    ...lambda(build, code),
    ...databases(build),
    ...jobLogs(build),
    ...jobs(build),
    ...workflow(build),
    ledger(build),
    topic(build),
    ...queues(build),
    ...rules(build),
  ].map((one) => withFormer(config, scope, one));
  const ids = new Map(Object.keys(config.buckets).map((id) => [build.names.bucket(id).name, id]));
  const uploads = desired
    .filter(({ address }) => address.kind === "s3.object")
    .map(({ address: { name } }) => {
      const bucket = name.split("/")[0] ?? "";
      return { bucket, prefix: uploadPrefix(config, ids.get(bucket) ?? "", name.slice(bucket.length + 1)) };
    });
  return {
    desired,
    findings: sources.findings,
    contents: [...sources.contents.values()],
    uploadPlaces: uploads,
  };
}

/** Tells the kinds where the bytes of a compiled config come from, before a plan of it is applied. */
export function provide(ctx: AwsContext, compiled: Compiled): void {
  for (const content of compiled.contents) provideContent(ctx, content.sha256, content.load);
  for (const { bucket, prefix } of compiled.uploadPlaces) watchBucket(ctx, bucket, prefix);
}
