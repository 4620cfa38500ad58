import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { RunEngine } from "../runs/engine.ts";
import type { Wire } from "../wire.ts";
import { taggedOnly } from "./jobs.ts";
import { operation, type Operations } from "./operation.ts";
import { glueArn, putTags, sameJson, type GlueState, type TriggerDef } from "./state.ts";
import { checkTrigger, START_TYPES } from "./trigger-rules.ts";

const notAllowed = (state: string): AwsError =>
  invalidInput(`The operation is not allowed when trigger is in state: ${state}`);

/** Trigger definitions and their states. Changes are instantaneous: none of AWS's …ING states is ever seen. */
export function triggerOperations(state: GlueState, engine: RunEngine): Operations {
  const known = (name = ""): TriggerDef => {
    const trigger = state.triggers.get(name);
    if (!trigger) throw notFound(`Trigger ${name} not found.`);
    return trigger;
  };

  const create = (input: Wire<Sdk.CreateTriggerRequest>): object => {
    const { Tags, StartOnCreation, ...rest } = input;
    const definition = { ...rest, Name: rest.Name ?? "", Type: rest.Type ?? "ON_DEMAND", Actions: rest.Actions ?? [] };
    const active = StartOnCreation === true;
    if (active && (definition.Type === "ON_DEMAND" || definition.Type === "EVENT")) {
      throw invalidInput(`StartOnCreation is not supported for trigger type ${definition.Type}.`);
    }
    const old = state.triggers.get(definition.Name);
    if (old) throw duplicate(old, { ...definition, State: old.State });
    if (definition.WorkflowName !== undefined) checkPlace(state, definition.WorkflowName, definition.Type);
    checkTrigger(state, definition);
    return state.store.transact(() => {
      state.triggers.set(definition.Name, { ...definition, State: active ? "ACTIVATED" : "CREATED" });
      putTags(state, `trigger/${definition.Name}`, Tags);
      engine.scheduleChanged();
      return { Name: definition.Name };
    });
  };

  /** Replaces the definition; type and workflow stay. */
  const update = ({ Name, TriggerUpdate }: Wire<Sdk.UpdateTriggerRequest>): object => {
    const old = known(Name);
    if (old.State === "ACTIVATED") throw notAllowed(old.State);
    const { Name: _name, ...settings } = TriggerUpdate ?? {};
    const place = { Name: old.Name, Type: old.Type, WorkflowName: old.WorkflowName, State: old.State };
    const fresh: TriggerDef = { ...settings, ...place, Actions: settings.Actions ?? [] };
    checkTrigger(state, fresh);
    state.triggers.set(old.Name, fresh);
    engine.scheduleChanged();
    return { Trigger: fresh };
  };

  const setState = (trigger: TriggerDef, to: "ACTIVATED" | "DEACTIVATED"): object => {
    state.triggers.set(trigger.Name, { ...trigger, State: to });
    engine.scheduleChanged();
    return { Name: trigger.Name };
  };

  return {
    CreateTrigger: operation(create),
    UpdateTrigger: operation(update),
    DeleteTrigger: operation(({ Name = "" }: Wire<Sdk.DeleteTriggerRequest>) => {
      deleteTrigger(state, Name);
      engine.scheduleChanged();
      return { Name };
    }),
    StartTrigger: operation(({ Name }: Wire<Sdk.StartTriggerRequest>) => {
      const trigger = known(Name);
      if (trigger.Type === "EVENT") throw invalidInput("Trigger Type EVENT cannot be started");
      if (trigger.Type !== "ON_DEMAND") return setState(trigger, "ACTIVATED");
      engine.fireByHand(trigger);
      return { Name: trigger.Name };
    }),
    StopTrigger: operation(({ Name }: Wire<Sdk.StopTriggerRequest>) => {
      const trigger = known(Name);
      if (trigger.State !== "ACTIVATED") throw notAllowed(trigger.State);
      return setState(trigger, "DEACTIVATED");
    }),
    GetTrigger: operation(({ Name }: Wire<Sdk.GetTriggerRequest>) => ({ Trigger: known(Name) })),
    GetTriggers: operation((input: Wire<Sdk.GetTriggersRequest>) => {
      const page = pageOf(starting(state, input.DependentJobName), (trigger) => trigger.Name, input, 100);
      return { Triggers: page.items, NextToken: page.nextToken };
    }),
    ListTriggers: operation((input: Wire<Sdk.ListTriggersRequest>) => {
      const names = starting(state, input.DependentJobName).map((trigger) => trigger.Name);
      const page = pageOf(taggedOnly(state, "trigger", names, input.Tags), (name) => name, input, 100);
      return { TriggerNames: page.items, NextToken: page.nextToken };
    }),
    BatchGetTriggers: operation(({ TriggerNames = [] }: Wire<Sdk.BatchGetTriggersRequest>) => ({
      Triggers: TriggerNames.map((name) => state.triggers.get(name)).filter((trigger) => trigger !== undefined),
      TriggersNotFound: TriggerNames.filter((name) => !state.triggers.has(name)),
    })),
  };
}

/** Also what goes when its workflow goes. Deleting what is gone is no error. */
export function deleteTrigger(state: GlueState, name: string): void {
  state.store.transact(() => {
    state.triggers.delete(name);
    state.tags.delete(glueArn(state, `trigger/${name}`));
  });
}

/** Triggers that start the job, or all. */
function starting(state: GlueState, job: string | undefined): TriggerDef[] {
  const all = [...state.triggers.values()];
  if (job === undefined) return all;
  if (!state.jobs.has(job)) throw notFound(`Job ${job} not found.`);
  return all.filter((trigger) => trigger.Actions.some((action) => action.JobName === job));
}

function duplicate(old: TriggerDef, fresh: TriggerDef): AwsError {
  if (sameJson(old, fresh)) return alreadyExists(`Trigger already exists: ${old.Name}`);
  return new AwsError(
    "IdempotentParameterMismatchException",
    `Trigger with name: ${old.Name} already submitted with different configuration.`,
  );
}

function checkPlace(state: GlueState, workflow: string, type: string): void {
  if (!state.workflows.has(workflow)) throw notFound(`Workflow ${workflow} not found.`);
  if (!START_TYPES.has(type)) return;
  const other = [...state.triggers.values()].find(
    (trigger) => trigger.WorkflowName === workflow && START_TYPES.has(trigger.Type),
  );
  if (other) throw invalidInput(`Workflow ${workflow} already has a starting trigger: ${other.Name}.`);
}
