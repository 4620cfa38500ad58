import type { AwsContext } from "../../aws/context.ts";
import type { Call, Live, Tags, Wanted } from "../../engine/types.ts";
import { call, forget, readEach, type TagPlace, tagged, unless } from "../kit.ts";
import { glueClient } from "./client.ts";
import { iamArn } from "../iam/arn.ts";
import { glueArn } from "./arn.ts";

export type GlueType = "job" | "workflow" | "trigger" | "database" | "crawler" | "connection";

/** AWS's names for "there is no such thing" in Glue. */
export const ABSENT = ["EntityNotFound"] as const;

/** Glue's batched reads take 25 names. */
export const chunks = <T>(items: readonly T[], size = 25): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/** Where the tags of one thing are. */
export const glueTags = (ctx: AwsContext, type: GlueType, name: string): TagPlace => ({
  arn: glueArn.of(ctx, type, name),
  own: async () => {
    const glue = await ctx.clients.of(glueClient);
    const answer = await unless(ABSENT, glue.getTags({ ResourceArn: glueArn.of(ctx, type, name) }));
    return answer && (answer.Tags ?? {});
  },
});

/** Reads `wanted`: definitions by `batch` (25 names a call), then the tags of those that are there. Of what is to go the tags say both. */
export async function readTagged<P extends object, Raw>(
  ctx: AwsContext,
  type: GlueType,
  wanted: readonly Wanted<P>[],
  batch: (names: string[]) => Promise<readonly Raw[]>,
  nameOf: (raw: Raw) => string | undefined,
  propsOf: (raw: Raw) => P,
): Promise<ReadonlyMap<string, Live<P>>> {
  const going = wanted.flatMap(({ name, going: goes, props }) => (goes && props ? [[name, props] as const] : []));
  const known = new Map(going);
  const asked = wanted.filter(({ name }) => !known.has(name));
  const batches = await Promise.all(chunks(asked.map(({ name }) => name)).map(batch));
  const found = new Map(batches.flat().map((raw) => [nameOf(raw), propsOf(raw)] as const));
  const propsFor = (name: string): P | undefined => known.get(name) ?? found.get(name);
  return readEach(wanted, (one) =>
    tagged(ctx, one, propsFor(one.name), glueTags(ctx, type, one.name), (props) => props),
  );
}

/** Sets and removes tags of one thing. */
export function* retagGlue(
  ctx: AwsContext,
  type: GlueType,
  name: string,
  set: Tags,
  remove: readonly string[],
): Iterable<Call> {
  const ResourceArn = glueArn.of(ctx, type, name);
  if (Object.keys(set).length > 0) {
    yield call("glue:TagResource", async () =>
      (await ctx.clients.of(glueClient)).tagResource({ ResourceArn, TagsToAdd: { ...set } }),
    );
  }
  if (remove.length > 0) {
    yield forget("glue:UntagResource", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).untagResource({ ResourceArn, TagsToRemove: [...remove] }),
    );
  }
}

/** Glue takes a role by name (with its path) as well, and answers with what it was given, of crawlers with the name. */
export const roleArn = (ctx: AwsContext, role: string): string =>
  role.startsWith("arn:") ? role : iamArn.role(ctx, role);

/** Texts that AWS leaves out when empty. */
export const given = (text: string): string | undefined => (text === "" ? undefined : text);
