import type { Scope } from "../aws/arn.ts";
import type { AwsContext } from "../aws/context.ts";
import type { Desired, Finding } from "../engine/types.ts";
import { declare } from "../services/declare.ts";
import { provideContent } from "../services/s3/content.ts";
import { watchBucket } from "../services/s3/object.ts";
import { type Content, Sources } from "../services/sources.ts";
import { uploadPrefix } from "./access/uploads.ts";
import { expand } from "./expand.ts";
import { namesOf } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";

export interface Compiled {
  readonly desired: readonly Desired[];
  /** Sources that could not be read (`source_missing`, `at` is the place in the config). */
  readonly findings: readonly Finding[];
  /** Bytes of uploads and of functions, by the SHA-256 that the props name. */
  readonly contents: readonly Content[];
  /** Names of the buckets that uploads go to, and where in them. */
  readonly uploadPlaces: readonly { bucket: string; prefix: string }[];
}

/**
 * Makes the resources of a config in two passes: the lakehouse's words become plain sections (`expand`), and these become
 * resources, service by service (`declare`). Reads local files for their hashes and nothing else; the same config and files
 * give the same resources.
 */
export async function compile(config: LakehouseConfig, scope: Scope, projectDir: string): Promise<Compiled> {
  const sources = new Sources(projectDir);
  const tags = { Project: config.project, Environment: scope.env, ...config.tags };
  const { desired } = await declare(expand(config, scope), scope, sources, tags);
  return {
    desired,
    findings: sources.findings,
    contents: [...sources.contents.values()],
    uploadPlaces: uploadPlaces(config, scope, desired),
  };
}

function uploadPlaces(config: LakehouseConfig, scope: Scope, desired: readonly Desired[]): Compiled["uploadPlaces"] {
  const names = namesOf(config, scope);
  const ids = new Map(Object.keys(config.buckets).map((id) => [names.bucket(id).name, id]));
  return desired
    .filter(({ address }) => address.kind === "s3.object")
    .map(({ address: { name } }) => {
      const bucket = name.split("/")[0] ?? "";
      return { bucket, prefix: uploadPrefix(config, ids.get(bucket) ?? "", name.slice(bucket.length + 1)) };
    });
}

/** Tells the kinds where the bytes of a compiled config come from, before a plan of it is applied. */
export function provide(ctx: AwsContext, compiled: Compiled): void {
  for (const content of compiled.contents) provideContent(ctx, content.sha256, content.load);
  for (const { bucket, prefix } of compiled.uploadPlaces) watchBucket(ctx, bucket, prefix);
}
