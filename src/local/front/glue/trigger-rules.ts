import type * as Sdk from "@aws-sdk/client-glue";
import { CronError, parseCron } from "../../../aws/cron.ts";
import { invalidInput, notFound } from "../errors.ts";
import type { Wire } from "../wire.ts";
import type { GlueState } from "./state.ts";

type Checked = Pick<Wire<Sdk.CreateTriggerRequest>, "Schedule" | "Predicate" | "Actions" | "EventBatchingCondition"> & {
  Type: Sdk.TriggerType;
  WorkflowName?: string | undefined;
};

/** The states of a job that a condition may wait for. */
const WATCHABLE = new Set<string>(["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"]);
export const START_TYPES = new Set<string>(["ON_DEMAND", "SCHEDULED", "EVENT"]);

/** What Glue refuses in CreateTrigger and UpdateTrigger. Texts of AWS where they are known. */
export function checkTrigger(state: GlueState, trigger: Checked): void {
  checkActions(state, trigger);
  if (trigger.Type === "SCHEDULED") checkSchedule(trigger.Schedule);
  else if (trigger.Schedule) throw invalidInput(`Schedule cannot be set for trigger type ${trigger.Type}.`);
  if (trigger.Type === "CONDITIONAL" && !trigger.Predicate?.Conditions?.length) {
    throw invalidInput("Predicate cannot be null or empty for a conditional trigger.");
  }
  if (trigger.Type === "EVENT" && !trigger.WorkflowName)
    throw invalidInput("An EVENT trigger must belong to a workflow.");
  if (trigger.EventBatchingCondition && trigger.Type !== "EVENT") {
    throw invalidInput("EventBatchingCondition is only supported for EVENT triggers.");
  }
  if (trigger.Predicate) checkPredicate(state, trigger);
}

function checkActions(state: GlueState, { Actions }: Checked): void {
  if (!Actions?.length) throw invalidInput("Actions cannot be null or empty.");
  for (const { JobName, CrawlerName } of Actions) {
    if ((JobName === undefined) === (CrawlerName === undefined)) {
      throw invalidInput("Each action must have either a job name or a crawler name.");
    }
    if (JobName !== undefined) mustHaveJob(state, JobName);
    if (CrawlerName !== undefined) mustHaveCrawler(state, CrawlerName);
  }
}

function mustHaveCrawler(state: GlueState, name: string): void {
  if (!state.crawlers.has(name)) throw notFound(`Crawler ${name} not found.`);
}

function mustHaveJob(state: GlueState, name: string): void {
  if (!state.jobs.has(name)) throw notFound(`Job ${name} not found.`);
}

export function checkSchedule(schedule: string | undefined): void {
  if (!schedule) throw invalidInput("Schedule cannot be null or empty for a scheduled trigger.");
  try {
    parseCron(schedule);
  } catch (error) {
    if (error instanceof CronError) throw invalidInput(`Schedule expression is invalid: ${error.message}`);
    throw error;
  }
}

function checkPredicate(state: GlueState, { Predicate, Actions }: Checked): void {
  const conditions = Predicate?.Conditions ?? [];
  if (conditions.length > 1 && !Predicate?.Logical) {
    throw invalidInput("Logical operator of the predicate cannot be null or empty with more than one condition.");
  }
  for (const condition of conditions) {
    if (!condition.LogicalOperator) throw invalidInput("Logical operator cannot be null or empty");
    if ((condition.JobName === undefined) === (condition.CrawlerName === undefined)) {
      throw invalidInput("Each condition must have either a job name or a crawler name.");
    }
    if (condition.CrawlerName !== undefined) {
      if (!condition.CrawlState) throw invalidInput("State cannot be null or empty");
      mustHaveCrawler(state, condition.CrawlerName);
      continue;
    }
    if (!condition.State) throw invalidInput("State cannot be null or empty");
    if (!WATCHABLE.has(condition.State)) {
      throw invalidInput(`State ${condition.State} cannot be watched: [${[...WATCHABLE].join(", ")}]`);
    }
    if (Actions?.some((action) => action.JobName === condition.JobName)) {
      throw invalidInput("Job cannot be a Predicate and Action for Conditional Trigger.");
    }
    mustHaveJob(state, condition.JobName ?? "");
  }
}
