import type { GetScheduleGroupOutput } from "@aws-sdk/client-scheduler";
import type { AwsContext } from "../../aws/context.ts";
import { tagList, tagMap } from "../../aws/marks.ts";
import type { Kind, Live, Wanted } from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, forget, readEach, tagged, taggedAddresses, unless } from "../kit.ts";
import { groupArn } from "./names.ts";
import type { GroupProps } from "./props.ts";
import { schedulerClient } from "./client.ts";

export const coverage = {
  Arn: "identity",
  Name: "identity",
  State: "server",
  CreationDate: "server",
  LastModificationDate: "server",
} satisfies Coverage<GetScheduleGroupOutput>;

export const ABSENT = ["ResourceNotFound"] as const;

/** Tags of a group: the mark of ownership of all that lies in it. */
export async function groupTags(ctx: AwsContext, name: string): Promise<Readonly<Record<string, string>>> {
  const scheduler = await ctx.clients.of(schedulerClient);
  return tagMap((await scheduler.listTagsForResource({ ResourceArn: groupArn(ctx, name) })).Tags);
}

async function read(ctx: AwsContext, wanted: Wanted): Promise<Live<GroupProps> | undefined> {
  const { name: Name } = wanted;
  const scheduler = await ctx.clients.of(schedulerClient);
  const found = unless(ABSENT, scheduler.getScheduleGroup({ Name }));
  return tagged(
    ctx,
    wanted,
    found,
    { arn: groupArn(ctx, Name), own: () => unless(ABSENT, groupTags(ctx, Name)) },
    () => ({}),
  );
}

/** AWS removes a group with what is in it in the background; until then nothing can be made under its name. */
async function gone(ctx: AwsContext, Name: string): Promise<true | string> {
  const scheduler = await ctx.clients.of(schedulerClient);
  return (await unless(ABSENT, scheduler.getScheduleGroup({ Name }))) === undefined || "AWS still removes the group";
}

/** The group of an environment's schedules. Scheduler tags nothing else, so its mark counts for all that is in it. */
export const group: Kind<GroupProps, AwsContext> = {
  name: "scheduler.group",
  handles: (ctx, { name }) => [groupArn(ctx, name)],
  needs: () => [],
  read: (ctx, wanted) => readEach(wanted, (one) => read(ctx, one)),
  owned: (ctx) => taggedAddresses(ctx, "scheduler.group", "scheduler", "schedule-group/"),
  *create(ctx, { address: { name }, tags }) {
    yield call(
      "scheduler:CreateScheduleGroup",
      async () => (await ctx.clients.of(schedulerClient)).createScheduleGroup({ Name: name, Tags: tagList(tags) }),
      { creates: true },
    );
  },
  // There is nothing on it but tags.
  *update() {},
  *delete(ctx, { name }) {
    yield forget(
      "scheduler:DeleteScheduleGroup",
      ABSENT,
      async () => (await ctx.clients.of(schedulerClient)).deleteScheduleGroup({ Name: name }),
      { ready: () => gone(ctx, name) },
    );
  },
  *retag(ctx, { name }, _live, set, remove) {
    const ResourceArn = groupArn(ctx, name);
    if (Object.keys(set).length > 0)
      yield call("scheduler:TagResource", async () =>
        (await ctx.clients.of(schedulerClient)).tagResource({ ResourceArn, Tags: tagList(set) }),
      );
    if (remove.length > 0)
      yield call("scheduler:UntagResource", async () =>
        (await ctx.clients.of(schedulerClient)).untagResource({ ResourceArn, TagKeys: [...remove] }),
      );
  },
  lane: ({ name }) => `scheduler ${name}`,
  permissions: {
    read: ["scheduler:GetScheduleGroup", "scheduler:ListTagsForResource", "tag:GetResources"],
    create: ["scheduler:CreateScheduleGroup", "scheduler:TagResource"],
    update: ["scheduler:TagResource", "scheduler:UntagResource"],
    delete: ["scheduler:DeleteScheduleGroup"],
  },
};
