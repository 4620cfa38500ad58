import type { Scope } from "../aws/arn.ts";
import type { Desired, Finding } from "../engine/types.ts";
import { declare } from "../services/declare.ts";
import { Sources } from "../services/sources.ts";
import { uploadPrefix } from "./access/uploads.ts";
import { expand } from "./expand.ts";
import { namesOf } from "./naming.ts";
import type { LakehouseConfig } from "./schema.ts";

export interface Compiled {
  readonly desired: readonly Desired[];
  /** Sources that could not be read (`source_missing`, `at` is the place in the config). */
  readonly findings: readonly Finding[];
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
  const searched = searchedFor(config, scope);
  return { desired: desired.map(searched), findings: sources.findings };
}

/** Uploads say where their like lie: beside files of patients that is their own folder. */
function searchedFor(config: LakehouseConfig, scope: Scope): (one: Desired) => Desired {
  const names = namesOf(config, scope);
  const ids = new Map(Object.keys(config.buckets).map((id) => [names.bucket(id).name, id]));
  return (one) => {
    if (one.address.kind !== "s3.object" || !one.content) return one;
    const [bucket = ""] = one.address.name.split("/");
    const under = uploadPrefix(config, ids.get(bucket) ?? "", one.address.name.slice(bucket.length + 1));
    return { ...one, content: { ...one.content, under } };
  };
}
