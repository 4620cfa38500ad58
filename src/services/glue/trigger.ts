import type { Action, Condition, CreateTriggerRequest, Trigger, TriggerUpdate } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Call, Kind } from "../../engine/types.ts";
import { type Coverage } from "../coverage.ts";
import { call, forget, orNull, taggedAddresses, unless } from "../kit.ts";
import { lintTrigger } from "./lint.ts";
import type { TriggerAction, TriggerPredicate, TriggerProps } from "./props.ts";
import { ABSENT, given, readTagged, retagGlue } from "./tags.ts";
import { workflowLane } from "./workflow.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";

export const triggerCoverage = {
  Name: "identity",
  WorkflowName: "managed",
  Id: "server",
  Type: "managed",
  State: "managed",
  Description: "managed",
  Schedule: "managed",
  Actions: "managed",
  Predicate: "managed",
  EventBatchingCondition: "managed",
} as const satisfies Coverage<Trigger>;

/** Types that AWS starts and stops; ON_DEMAND and EVENT triggers are always ready. */
const startable = (type: string | undefined): boolean => type === "CONDITIONAL" || type === "SCHEDULED";

const ON: readonly string[] = ["ACTIVATED", "ACTIVATING"];

const actionOf = (action: Action): TriggerAction => ({
  arguments: action.Arguments ?? {},
  timeoutMinutes: action.Timeout ?? null,
  securityConfiguration: orNull(action.SecurityConfiguration),
  notifyDelayAfterMinutes: action.NotificationProperty?.NotifyDelayAfter ?? null,
});

/** Before a crawler's name, where jobs go by theirs alone: no job that we make has a colon in its name. */
const CRAWLER = "crawler:";
/** How props name a crawler. */
export const crawlerKey = (name: string): string => `${CRAWLER}${name}`;

const nameOf = (one: { JobName?: string | undefined; CrawlerName?: string | undefined }): string =>
  one.JobName ?? crawlerKey(one.CrawlerName ?? "");

/** The job or the crawler that a name of props means, in AWS's words. */
const nodeOf = (name: string): { JobName: string } | { CrawlerName: string } =>
  name.startsWith(CRAWLER) ? { CrawlerName: name.slice(CRAWLER.length) } : { JobName: name };

/** AWS has states of jobs and states of crawls. */
const stateOf = (name: string, state: string): Pick<Condition, "State" | "CrawlState"> =>
  name.startsWith(CRAWLER) ? { CrawlState: state as Condition["CrawlState"] } : { State: state as Condition["State"] };

/** By job. AWS takes one job twice, with other arguments: the second one shows as drift. */
function actionsOf(actions: readonly Action[]): Record<string, TriggerAction> {
  const found: Record<string, TriggerAction> = {};
  for (const action of actions) {
    let name = nameOf(action);
    while (Object.hasOwn(found, name)) name = `${name} (again)`;
    found[name] = actionOf(action);
  }
  return found;
}

/** A predicate in one form, whatever the order of its conditions. */
export function predicateOf(
  logical: "AND" | "ANY",
  conditions: readonly { readonly job: string; readonly state: string }[],
): TriggerPredicate | null {
  if (conditions.length === 0) return null;
  const byJob: Record<string, string[]> = {};
  for (const { job, state } of conditions) byJob[job] = [...new Set([...(byJob[job] ?? []), state])].sort();
  return { logical: conditions.length === 1 ? "AND" : logical, conditions: byJob };
}

function propsOf(trigger: Trigger): TriggerProps {
  const batch = trigger.EventBatchingCondition;
  return {
    workflow: orNull(trigger.WorkflowName),
    type: trigger.Type ?? "ON_DEMAND",
    description: trigger.Description ?? "",
    schedule: orNull(trigger.Schedule),
    predicate: predicateOf(
      trigger.Predicate?.Logical ?? "AND",
      (trigger.Predicate?.Conditions ?? []).map((one) => ({
        job: nameOf(one),
        state: one.State ?? one.CrawlState ?? "",
      })),
    ),
    actions: actionsOf(trigger.Actions ?? []),
    batch: batch ? { size: batch.BatchSize ?? 1, windowSeconds: batch.BatchWindow ?? 900 } : null,
    enabled: startable(trigger.Type) ? ON.includes(trigger.State ?? "") : true,
  };
}

/** All of it: UpdateTrigger replaces the whole definition. */
const definition = (props: TriggerProps): TriggerUpdate & Pick<CreateTriggerRequest, "Actions"> => ({
  Description: given(props.description),
  Schedule: props.schedule ?? undefined,
  Predicate: props.predicate
    ? {
        Logical: props.predicate.logical,
        Conditions: Object.entries(props.predicate.conditions).flatMap(([name, states]) =>
          // "Logical operator cannot be null or empty": always sent. States are checked against AWS's own list by the schema.
          states.map((state) => ({ LogicalOperator: "EQUALS", ...nodeOf(name), ...stateOf(name, state) })),
        ),
      }
    : undefined,
  Actions: Object.entries(props.actions).map(([name, action]) => ({
    ...nodeOf(name),
    Arguments: Object.keys(action.arguments).length > 0 ? { ...action.arguments } : undefined,
    Timeout: action.timeoutMinutes ?? undefined,
    SecurityConfiguration: action.securityConfiguration ?? undefined,
    NotificationProperty:
      action.notifyDelayAfterMinutes === null ? undefined : { NotifyDelayAfter: action.notifyDelayAfterMinutes },
  })),
  EventBatchingCondition: props.batch
    ? { BatchSize: props.batch.size, BatchWindow: props.batch.windowSeconds }
    : undefined,
});

/** Waits until AWS has settled the trigger in one of `states`. Source of the budget: Terraform waits five minutes. */
const settled = (ctx: AwsContext, name: string, states: readonly string[]): Pick<Call, "ready" | "readyWithinMs"> => ({
  readyWithinMs: 300_000,
  ready: async () => {
    const answer = await unless(ABSENT, (await ctx.clients.of(glueClient)).getTrigger({ Name: name }));
    const state = answer?.Trigger?.State ?? "not visible yet";
    return states.includes(state) ? true : `trigger is ${state}`;
  },
});

const start = (ctx: AwsContext, name: string): Call =>
  call(
    "glue:StartTrigger",
    async () => (await ctx.clients.of(glueClient)).startTrigger({ Name: name }),
    settled(ctx, name, ["ACTIVATED"]),
  );

/** "The operation is not allowed when trigger is in state: CREATED" never shows: only what is on is stopped. */
const stop = (ctx: AwsContext, name: string, stopped?: () => void): Call =>
  call(
    "glue:StopTrigger",
    async () => {
      await (await ctx.clients.of(glueClient)).stopTrigger({ Name: name });
      stopped?.();
    },
    settled(ctx, name, ["DEACTIVATED", "CREATED"]),
  );

/**
 * AWS refuses to update a trigger that is on: stop, update, start. When a call fails for good, the engine throws its error
 * in here, and the trigger is put back on: a chain that silently stays cold is worse than an old definition.
 */
function* redefine(ctx: AwsContext, name: string, props: TriggerProps, wasOn: boolean): Iterable<Call> {
  let dark = false;
  try {
    if (wasOn) yield stop(ctx, name, () => (dark = true));
    yield call(
      "glue:UpdateTrigger",
      async () => (await ctx.clients.of(glueClient)).updateTrigger({ Name: name, TriggerUpdate: definition(props) }),
      settled(ctx, name, ["CREATED", "DEACTIVATED", "ACTIVATED"]),
    );
    dark = false;
  } finally {
    if (dark) yield start(ctx, name);
  }
  if (startable(props.type) && props.enabled) yield start(ctx, name);
}

/** A trigger of a workflow. Whether it is on is an attribute of it. */
export const trigger: Kind<TriggerProps, AwsContext> = {
  name: "glue.trigger",
  fields: {
    workflow: { onChange: "replace", reason: "AWS cannot move a trigger to another workflow" },
    type: { onChange: "replace", reason: "AWS cannot change the type of a trigger" },
  },
  handles: (ctx, { name }) => [glueArn.of(ctx, "trigger", name)],
  needs: (_ctx, _address, props) => [
    ...(props.workflow === null ? [] : [`glue.workflow:${props.workflow}`]),
    ...[...Object.keys(props.actions), ...Object.keys(props.predicate?.conditions ?? {})].map((name) =>
      name.startsWith(CRAWLER) ? `glue.${name}` : `glue.job:${name}`,
    ),
    ...Object.values(props.actions).flatMap(({ securityConfiguration: name }) =>
      name === null ? [] : [`glue.securityConfiguration:${name}`],
    ),
  ],
  // AWS deletes a job that a trigger names, and the trigger then still goes.
  outlives: (need) => need.startsWith("glue.job:") || need.startsWith(`glue.${CRAWLER}`),
  // One outside of any workflow excludes nobody.
  lane: (address, props) => (props.workflow === null ? `glue.trigger:${address.name}` : workflowLane(props.workflow)),
  read: (ctx, wanted) =>
    readTagged(
      ctx,
      "trigger",
      wanted,
      async (TriggerNames) =>
        (await (await ctx.clients.of(glueClient)).batchGetTriggers({ TriggerNames })).Triggers ?? [],
      // One that is on its way out is as good as gone.
      (found) => (found.State === "DELETING" ? undefined : found.Name),
      propsOf,
    ),
  owned: (ctx) => taggedAddresses(ctx, "glue.trigger", "glue", "trigger/"),
  *create(ctx, { address, props, tags }) {
    const on = startable(props.type) && props.enabled;
    yield call(
      "glue:CreateTrigger",
      async () =>
        (await ctx.clients.of(glueClient)).createTrigger({
          Name: address.name,
          WorkflowName: props.workflow ?? undefined,
          Type: props.type,
          ...definition(props),
          Tags: { ...tags },
          // Not sent for ON_DEMAND, where AWS refuses it. Without it a chain stays CREATED and silently never fires.
          ...(on ? { StartOnCreation: true } : {}),
        }),
      {
        creates: true,
        letsGo: "lane",
        ...settled(ctx, address.name, on ? ["ACTIVATED"] : ["CREATED", "ACTIVATED"]),
      },
    );
  },
  update(ctx, { address, props, live, changed }) {
    const onlyState = [...changed].every((key) => key === "enabled");
    if (!onlyState) return redefine(ctx, address.name, props, startable(live.props.type) && live.props.enabled);
    return changed.has("enabled") ? [props.enabled ? start(ctx, address.name) : stop(ctx, address.name)] : [];
  },
  *delete(ctx, { name }) {
    yield forget(
      "glue:DeleteTrigger",
      ABSENT,
      async () => (await ctx.clients.of(glueClient)).deleteTrigger({ Name: name }),
      {
        // AWS takes a minute or two. What is sent next, and is too early, is refused and sent again.
        letsGo: "lane",
        readyWithinMs: 300_000,
        ready: async () => {
          const answer = await unless(ABSENT, (await ctx.clients.of(glueClient)).getTrigger({ Name: name }));
          return answer?.Trigger ? `trigger is ${answer.Trigger.State ?? "still there"}` : true;
        },
      },
    );
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "trigger", name, set, remove),
  lint: lintTrigger,
  permissions: {
    read: ["glue:BatchGetTriggers", "glue:GetTrigger", "glue:GetTags"],
    create: ["glue:CreateTrigger", "glue:TagResource"],
    update: ["glue:UpdateTrigger", "glue:StartTrigger", "glue:StopTrigger", "glue:TagResource", "glue:UntagResource"],
    delete: ["glue:DeleteTrigger"],
  },
};
