import type { Tag } from "@aws-sdk/client-s3";
import { z } from "zod";
import { tagMap } from "../../../aws/marks.ts";

/** Which objects a rule is for: all of them, or those below a prefix and with every one of these tags. */
export interface Chosen {
  readonly prefix?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export const chosenShape = {
  prefix: z.string().min(1).max(1024).optional().describe("Prefix: beginning of the keys. Default: every key."),
  tags: z
    .record(z.string().min(1).max(128), z.string().max(256))
    .optional()
    .describe("Tag, And: tags that an object must bear, every one of them."),
};

interface AwsFilter {
  readonly Prefix?: string | undefined;
  readonly Tag?: Tag | undefined;
  readonly And?: { readonly Prefix?: string | undefined; readonly Tags?: Tag[] | undefined } | undefined;
}

/** S3 takes one condition by itself and several under `And`. Undefined: no condition. */
export function toFilter({
  prefix,
  tags = {},
}: Chosen):
  { Prefix: string } | { Tag: Required<Tag> } | { And: { Prefix?: string; Tags: Required<Tag>[] } } | undefined {
  const all = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const [first] = all;
  if (first === undefined) return prefix ? { Prefix: prefix } : undefined;
  if (all.length === 1 && !prefix) return { Tag: first };
  return { And: { ...(prefix ? { Prefix: prefix } : {}), Tags: all } };
}

/** The other way. An empty prefix is none. */
export function fromFilter(filter: AwsFilter | undefined, older?: string): Chosen {
  const prefix = filter?.Prefix ?? filter?.And?.Prefix ?? older;
  const tags = tagMap([...(filter?.Tag ? [filter.Tag] : []), ...(filter?.And?.Tags ?? [])]);
  return { ...(prefix ? { prefix } : {}), ...(Object.keys(tags).length > 0 ? { tags } : {}) };
}
