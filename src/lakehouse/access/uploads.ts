import { codeIsOurs } from "../check/files.ts";
import { keyOf, uploadKey } from "../../services/s3/keys.ts";
import { isOwnScript } from "../expand.ts";
import { RECORD_KEY } from "../../services/s3/versions.ts";
import { usedLayers } from "../layers.ts";
import type { LakehouseConfig } from "../schema.ts";

/** Ids of the buckets that apply puts objects into; the lease lies in the one for scripts. */
export const uploadBuckets = (config: LakehouseConfig): string[] => {
  const { s3Bucket } = config.function;
  return [
    ...new Set([
      config.scriptsBucket,
      ...Object.values(config.uploads).map((upload) => upload.bucket),
      ...(s3Bucket !== undefined && codeIsOurs(config) ? [s3Bucket] : []),
    ]),
  ].filter((id) => Object.hasOwn(config.buckets, id));
};

/** A bucket that holds scripts and nothing else: one that others' files come into too is looked at folder by folder. */
const isForScripts = (config: LakehouseConfig, bucket: string): boolean =>
  bucket === config.scriptsBucket && bucket === "scripts" && !dataBuckets(config).includes(bucket);

/** Buckets that files come into. */
const dataBuckets = (config: LakehouseConfig): string[] => [
  ...(config.made.includes("function") ? [config.function.events.bucket] : []),
  ...Object.values(config.functions).flatMap(({ events }) => events?.bucket ?? []),
  ...usedLayers(config).map((layer) => config.layers[layer].bucket),
];

/**
 * Where in a bucket uploads are looked for. Where patients' files lie too it is the upload's own folder: their keys are
 * nobody's to read for a plan, and there are millions of them.
 */
export function uploadPrefix(config: LakehouseConfig, bucket: string, key: string): string {
  if (isForScripts(config, bucket)) return "";
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  const arriving = [
    ...(config.made.includes("function") ? [config.function.events] : []),
    ...Object.values(config.functions).flatMap(({ events }) => events ?? []),
  ].filter((events) => events.bucket === bucket && events.prefix !== "");
  const arrives = arriving.some(({ prefix }) => folder.startsWith(prefix) || prefix.startsWith(folder));
  return folder === "" || arrives ? key : folder;
}

/** Bucket and key of all that apply uploads, and of what it notes of them; a zip of the function has a part of its hash in its key. */
export function uploadKeys(config: LakehouseConfig): { bucket: string; key: string }[] {
  const { s3Bucket, s3Key, source } = config.function;
  const all = [
    ...Object.values(config.jobs)
      .filter((job) => isOwnScript(job.script))
      .map((job) => ({ bucket: config.scriptsBucket, key: keyOf(job.script) })),
    ...Object.values(config.uploads).map((upload) => ({ bucket: upload.bucket, key: uploadKey(upload) })),
    ...(Object.values(config.jobs).some((job) => job.layer === "gold")
      ? [{ bucket: config.scriptsBucket, key: keyOf(config.measures.haiValueSet) }]
      : []),
    ...(s3Bucket !== undefined && codeIsOurs(config)
      ? [{ bucket: s3Bucket, key: s3Key ?? `${keyOf(source)}-????????????.zip` }]
      : []),
    ...(isForScripts(config, config.scriptsBucket) ? [{ bucket: config.scriptsBucket, key: RECORD_KEY }] : []),
  ].filter(({ bucket }) => Object.hasOwn(config.buckets, bucket));
  return [...new Map(all.map((one) => [`${one.bucket}/${one.key}`, one])).values()];
}

/** A bucket and key elsewhere that the function's code is fetched from: Lambda reads it with the caller's own rights. */
export function foreignCode(config: LakehouseConfig): { bucket: string; key: string } | undefined {
  const { s3Bucket, s3Key } = config.function;
  return s3Bucket !== undefined && !codeIsOurs(config) ? { bucket: s3Bucket, key: s3Key ?? "*" } : undefined;
}

/** Beginnings of the keys that are listed to find uploads, by bucket; `""` is all of it. */
export function listedPrefixes(config: LakehouseConfig): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const id of uploadBuckets(config)) found[id] = isForScripts(config, id) ? [""] : [];
  for (const { bucket, key } of uploadKeys(config)) (found[bucket] ??= []).push(uploadPrefix(config, bucket, key));
  return found;
}
