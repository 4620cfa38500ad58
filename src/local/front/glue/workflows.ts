import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, invalidInput, notFound } from "../errors.ts";
import { newestFirst, pageOf } from "../paging.ts";
import type { RunEngine } from "../runs/engine.ts";
import { graphOf } from "../runs/graph.ts";
import { shownRun } from "../runs/records.ts";
import { statisticsOf } from "../runs/rules.ts";
import type { Wire } from "../wire.ts";
import { operation, type Operations } from "./operation.ts";
import { glueArn, nowOf, putTags, type GlueState, type WorkflowDef, type WorkflowRunRecord } from "./state.ts";
import { deleteTrigger } from "./triggers.ts";

/** Workflow definitions and their runs. */
export function workflowOperations(state: GlueState, engine: RunEngine): Operations {
  const runs = engine.workflows;
  const known = (name = ""): WorkflowDef => {
    const workflow = state.workflows.get(name);
    if (!workflow) throw notFound(`Entity not found: workflow ${name}`);
    return workflow;
  };
  const run = (name = "", id = ""): WorkflowRunRecord => runs.known(known(name).Name, id);

  const shownRunOf = (record: WorkflowRunRecord, withGraph: boolean): object => {
    const { fired: _f, jobRuns: _j, crawls, ...shown } = record;
    const triggers = state.graphs.get(record.WorkflowRunId)?.triggers ?? [];
    const jobs = runs.runsOf(record);
    const graph = (): object => graphOf(record.Name, triggers, jobs, (job) => shownRun(state, job), crawls);
    return { ...shown, Statistics: statisticsOf(triggers, jobs, crawls), ...(withGraph ? { Graph: graph() } : {}) };
  };

  const shownWorkflow = (workflow: WorkflowDef, withGraph: boolean): object => {
    const own = [...state.workflowRuns.values()].filter((run) => run.Name === workflow.Name);
    // `>=`: of two runs of one millisecond the later entry is the later run.
    const last = own.reduce<WorkflowRunRecord | undefined>(
      (a, b) => (a === undefined || b.StartedOn >= a.StartedOn ? b : a),
      undefined,
    );
    const graph = (): object => graphOf(workflow.Name, runs.triggersOf(workflow.Name), [], () => ({}));
    return {
      ...workflow,
      ...(last ? { LastRun: shownRunOf(last, withGraph) } : {}),
      ...(withGraph ? { Graph: graph() } : {}),
    };
  };

  const create = ({ Tags, ...input }: Wire<Sdk.CreateWorkflowRequest>): object => {
    const Name = input.Name ?? "";
    if (state.workflows.has(Name)) throw alreadyExists(`Workflow already exists: ${Name}`);
    checkLimit(input.MaxConcurrentRuns);
    return state.store.transact(() => {
      const now = nowOf(state);
      state.workflows.set(Name, {
        ...input,
        Name,
        DefaultRunProperties: input.DefaultRunProperties ?? {},
        CreatedOn: now,
        LastModifiedOn: now,
      });
      putTags(state, `workflow/${Name}`, Tags);
      return { Name };
    });
  };

  /** Its history goes with it; a run under way is stopped and stays until it is. */
  const forget = (record: WorkflowRunRecord): void => {
    if (record.Status === "RUNNING") runs.stop(record.Name, record.WorkflowRunId);
    if (state.workflowRuns.get(record.WorkflowRunId)?.Status === "STOPPING") return;
    state.workflowRuns.delete(record.WorkflowRunId);
    state.graphs.delete(record.WorkflowRunId);
  };

  const remove = ({ Name = "" }: Wire<Sdk.DeleteWorkflowRequest>): object =>
    engine.jobs.commit(() => {
      for (const run of [...state.workflowRuns.values()].filter((each) => each.Name === Name)) forget(run);
      for (const trigger of runs.triggersOf(Name)) deleteTrigger(state, trigger.Name);
      state.workflows.delete(Name);
      state.tags.delete(glueArn(state, `workflow/${Name}`));
      engine.scheduleChanged();
      return { Name };
    });

  return {
    CreateWorkflow: operation(create),
    UpdateWorkflow: operation(({ Name, ...input }: Wire<Sdk.UpdateWorkflowRequest>) => {
      const old = known(Name);
      checkLimit(input.MaxConcurrentRuns);
      const { CreatedOn } = old;
      state.workflows.set(old.Name, {
        ...input,
        Name: old.Name,
        DefaultRunProperties: input.DefaultRunProperties ?? {},
        CreatedOn,
        LastModifiedOn: nowOf(state),
      });
      return { Name: old.Name };
    }),
    DeleteWorkflow: operation(remove),
    GetWorkflow: operation(({ Name, IncludeGraph }: Wire<Sdk.GetWorkflowRequest>) => ({
      Workflow: shownWorkflow(known(Name), IncludeGraph === true),
    })),
    BatchGetWorkflows: operation(({ Names = [], IncludeGraph }: Wire<Sdk.BatchGetWorkflowsRequest>) => ({
      Workflows: Names.flatMap((name) => state.workflows.get(name) ?? []).map((one) =>
        shownWorkflow(one, IncludeGraph === true),
      ),
      MissingWorkflows: Names.filter((name) => !state.workflows.has(name)),
    })),
    ListWorkflows: operation((input: Wire<Sdk.ListWorkflowsRequest>) => {
      const page = pageOf(
        [...state.workflows.values()].map((one) => one.Name),
        (name) => name,
        input,
        25,
      );
      return { Workflows: page.items, NextToken: page.nextToken };
    }),
    StartWorkflowRun: operation(({ Name = "", RunProperties }: Wire<Sdk.StartWorkflowRunRequest>) => ({
      RunId: runs.start(Name, RunProperties),
    })),
    StopWorkflowRun: operation(({ Name, RunId }: Wire<Sdk.StopWorkflowRunRequest>) => {
      const { Name: name, WorkflowRunId } = run(Name, RunId);
      runs.stop(name, WorkflowRunId);
      return {};
    }),
    ResumeWorkflowRun: operation(({ Name, RunId, NodeIds = [] }: Wire<Sdk.ResumeWorkflowRunRequest>) => {
      const { Name: name, WorkflowRunId } = run(Name, RunId);
      return runs.resume(name, WorkflowRunId, NodeIds);
    }),
    GetWorkflowRun: operation(({ Name, RunId, IncludeGraph }: Wire<Sdk.GetWorkflowRunRequest>) => ({
      Run: shownRunOf(run(Name, RunId), IncludeGraph === true),
    })),
    GetWorkflowRuns: operation((input: Wire<Sdk.GetWorkflowRunsRequest>) => {
      const { Name } = known(input.Name);
      const own = [...state.workflowRuns.values()].filter((run) => run.Name === Name);
      const page = pageOf(own, (run) => newestFirst(run.StartedOn, run.WorkflowRunId), input, 100);
      return { Runs: page.items.map((run) => shownRunOf(run, input.IncludeGraph === true)), NextToken: page.nextToken };
    }),
    GetWorkflowRunProperties: operation(({ Name, RunId }: Wire<Sdk.GetWorkflowRunPropertiesRequest>) => ({
      RunProperties: run(Name, RunId).WorkflowRunProperties,
    })),
    PutWorkflowRunProperties: operation(({ Name, RunId, RunProperties }: Wire<Sdk.PutWorkflowRunPropertiesRequest>) => {
      const record = run(Name, RunId);
      state.workflowRuns.set(record.WorkflowRunId, {
        ...record,
        WorkflowRunProperties: { ...record.WorkflowRunProperties, ...RunProperties },
      });
      return {};
    }),
  };
}

function checkLimit(most: number | undefined): void {
  if (most !== undefined && most < 1) throw invalidInput("MaxConcurrentRuns must be at least 1.");
}
