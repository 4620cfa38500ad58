import type { AwsContext } from "../../aws/context.ts";
import { getText, listLevel, splitUrl } from "./store.ts";
import { timelineOf } from "./timeline.ts";

/** How the jobs mark what is theirs in a commit (`glue-scripts/metriccare_etl/timeline.py`). */
const OWN = "metriccare.";

/** What a table's commits say about themselves. */
export interface Progress {
  /** Time of the newest completed write. */
  readonly instant: string;
  /** What the newest commit that says something under this name says. */
  said(name: string): Promise<string | undefined>;
}

/** The table's commits, newest first; undefined when there is no table. */
export async function progressOf(ctx: AwsContext, url: string): Promise<Progress | undefined> {
  const { bucket, prefix } = splitUrl(url);
  const { keys } = await listLevel(ctx, bucket, `${prefix}.hoodie/`);
  const { completed } = timelineOf(keys.map((object) => object.key));
  const newest = completed.at(-1);
  if (!newest) return undefined;
  const texts = new Map<string, Promise<string>>();
  const textOf = (key: string): Promise<string> => {
    const text = texts.get(key) ?? getText(ctx, bucket, key);
    texts.set(key, text);
    return text;
  };
  return {
    instant: newest.time,
    said: async (name) => {
      for (const commit of completed.toReversed()) {
        const found = saidBy(await textOf(commit.key), name);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** What a commit's JSON says under this name. */
export function saidBy(json: string, name: string): string | undefined {
  const found = extraOf(json)[OWN + name];
  return typeof found === "string" ? found : undefined;
}

/** A JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Commits of other writers may be empty, or hold no metadata. */
function extraOf(json: string): Record<string, unknown> {
  if (!json.trim()) return {};
  const parsed: unknown = JSON.parse(json);
  const extra = isRecord(parsed) ? parsed["extraMetadata"] : undefined;
  return isRecord(extra) ? extra : {};
}
