import type { Workflow } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Kind } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, taggedAddresses } from "../kit.ts";
import type { WorkflowProps } from "./props.ts";
import { ABSENT, readTagged, retagGlue } from "./tags.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";

export const workflowCoverage = {
  Name: "identity",
  Description: "managed",
  DefaultRunProperties: "managed",
  CreatedOn: "server",
  LastModifiedOn: "server",
  LastRun: "server",
  Graph: ignored("made of the triggers, which are resources of their own"),
  MaxConcurrentRuns: "managed",
  BlueprintDetails: ignored("workflows made from blueprints are not ours"),
} as const satisfies Coverage<Workflow>;

const propsOf = (workflow: Workflow): WorkflowProps => ({
  description: workflow.Description ?? "",
  // 0 stands for AWS's "no limit", which the config does not offer.
  maxConcurrentRuns: workflow.MaxConcurrentRuns ?? 0,
  defaultRunProperties: workflow.DefaultRunProperties ?? {},
});

/** All of it: UpdateWorkflow resets what is not sent. */
const definition = (
  props: WorkflowProps,
): { Description: string; MaxConcurrentRuns: number; DefaultRunProperties: Record<string, string> } => ({
  Description: props.description,
  MaxConcurrentRuns: props.maxConcurrentRuns,
  DefaultRunProperties: { ...props.defaultRunProperties },
});

/** Changes of a workflow and of its triggers exclude each other ("Workflow W was modified while adding trigger T"). */
export const workflowLane = (name: string): string => `glue.workflow:${name}`;

/** A Glue workflow; its graph is its triggers. */
export const workflow: Kind<WorkflowProps, AwsContext> = {
  name: "glue.workflow",
  handles: (ctx, { name }) => [glueArn.of(ctx, "workflow", name), `glue.workflow:${name}`],
  needs: () => [],
  lane: ({ name }) => workflowLane(name),
  read: (ctx, wanted) =>
    readTagged(
      ctx,
      "workflow",
      wanted,
      async (Names) => (await (await ctx.clients.of(glueClient)).batchGetWorkflows({ Names })).Workflows ?? [],
      (found) => found.Name,
      propsOf,
    ),
  owned: (ctx) => taggedAddresses(ctx, "glue.workflow", "glue", "workflow/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateWorkflow",
      async () =>
        (await ctx.clients.of(glueClient)).createWorkflow({
          Name: address.name,
          ...definition(props),
          Tags: { ...tags },
        }),
      { creates: true },
    );
  },
  *update(ctx, { address, props, changed }) {
    if (changed.size === 0) return;
    yield call("glue:UpdateWorkflow", async () =>
      (await ctx.clients.of(glueClient)).updateWorkflow({ Name: address.name, ...definition(props) }),
    );
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteWorkflow", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteWorkflow({ Name: name }),
    );
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "workflow", name, set, remove),
  permissions: {
    read: ["glue:BatchGetWorkflows", "glue:GetWorkflow", "glue:GetTags"],
    create: ["glue:CreateWorkflow", "glue:TagResource"],
    update: ["glue:UpdateWorkflow", "glue:TagResource", "glue:UntagResource"],
    delete: ["glue:DeleteWorkflow"],
  },
};
