import type { RuleConfig } from "../sections.ts";
import type { LakehouseConfig } from "../schema.ts";
import { codeIsOurs } from "./files.ts";
import type { Problem } from "./problem.ts";
import { codeOf } from "../../services/python-code.ts";
import { folderFiles } from "../../services/python-files.ts";

/** Whether a rule hears of the ends of Glue jobs. */
export function hearsJobs({ jobEvents, pattern }: Pick<RuleConfig, "jobEvents" | "pattern">): boolean {
  if (jobEvents !== undefined) return true;
  if (pattern === undefined) return false;
  const { source, "detail-type": type } = pattern;
  // A pattern without a source matches every service's events.
  return source === undefined ? type === undefined || mentions(type, /Glue Job/) : mentions(source, /aws\.glue/);
}

const mentions = (value: unknown, what: RegExp): boolean => what.test(JSON.stringify(value) ?? "");

/** Whether the code may hear of them: what lies in a bucket elsewhere is not looked at, and counts as not unless the config says so. */
export const mayHearJobs = (config: LakehouseConfig): boolean => config.function.jobEvents ?? codeIsOurs(config);

/** Targets of a rule as they are made: code that starts a run on every event must not hear of the ends of jobs. */
export const targetsOf = (config: LakehouseConfig, rule: RuleConfig): RuleConfig["targets"] =>
  hearsJobs(rule) && !mayHearJobs(config) ? rule.targets.filter((target) => target !== "function") : rule.targets;

/** Rules that would call such code if its targets were made as they stand there. */
export const silentRules = (config: LakehouseConfig): string[] =>
  Object.entries(config.rules).flatMap(([id, rule]) =>
    targetsOf(config, rule).length < rule.targets.length ? [id] : [],
  );

/** Starts a run of a workflow or of a job, or what has them run: a trigger, a crawler that a trigger waits for, a blueprint. */
const STARTS =
  /\b(start_workflow_run|resume_workflow_run|start_job_run|start_trigger|start_crawler|start_blueprint_run)\b/;
/** Tells the end of a job from a new file. */
const TELLS = /aws\.glue|Glue Job State Change|jobRunId/;

/** A function of one's own that starts a run on whatever it gets: the end of each job would start the next one for ever. */
export function checkJobLoop(config: LakehouseConfig, projectDir: string): Problem[] {
  if (config.function.jobEvents !== undefined || !codeIsOurs(config)) return [];
  const rules = Object.entries(config.rules).filter(
    ([, rule]) => rule.enabled && hearsJobs(rule) && rule.targets.includes("function"),
  );
  if (rules.length === 0) return [];
  const texts = folderFiles(projectDir, config.function.source).map(({ text }) => codeOf(text));
  if (!texts.some((text) => STARTS.test(text)) || texts.some((text) => TELLS.test(text))) return [];
  return rules.map(([id, rule]) => ({
    path: ["rules", id, "targets", rule.targets.indexOf("function")],
    message: `the code in ${config.function.source} starts a run and does not tell the end of a job from a new file: each job that ends would start the next run, for ever`,
    suggestion:
      "Take `function` out of this rule (or say `enabled: false`), let the code look at the event's `source` (aws.glue), or say `function.jobEvents: true`.",
  }));
}
