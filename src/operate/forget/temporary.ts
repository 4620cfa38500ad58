import type { AwsContext } from "../../aws/context.ts";
import { splitUrl } from "../hudi/store.ts";
import { tempFolderOf } from "./jobs.ts";
import { removeAll } from "./objects.ts";
import type { Place } from "./place.ts";

/** Tables beside Silver's own that the jobs make anew from it, and that hold ids. */
export const DERIVED = ["stays"] as const;

/** The project's own folders for temporary objects, each once. */
export const tempFolders = ({ writers }: Place): string[] => [...new Set(writers.map(({ temp }) => temp))];

/** Folders that somebody has given the jobs instead: others may keep something there, so they are not emptied. */
export async function foreignTemps({ pipeline, writers }: Place): Promise<string[]> {
  const found = new Set<string>();
  for (const { job, temp } of writers) {
    const folder = await tempFolderOf(pipeline.ctx, job);
    if (folder !== undefined && !folder.replace(/^s3a:/, "s3:").startsWith(temp)) found.add(folder);
  }
  return [...found];
}

/** What the jobs keep for a while, and what they make anew from Silver. */
export async function removePassing(place: Place): Promise<void> {
  const { ctx } = place.pipeline;
  for (const folder of tempFolders(place)) await removeFolder(ctx, folder);
  for (const table of DERIVED) await removeFolder(ctx, `s3://${place.silver}/${table}/`);
}

async function removeFolder(ctx: AwsContext, url: string): Promise<void> {
  const { bucket, prefix } = splitUrl(url);
  if (prefix !== "") await removeAll(ctx, bucket, prefix);
}
