import type { LakehouseConfig } from "./schema.ts";
import type { Scope } from "../aws/arn.ts";
import { type Names, namesOf } from "./naming.ts";

/** Glue's own argument (5.0 and later): `<prefix>/output` takes what scripts print, `<prefix>/error` what Spark and Glue say. */
export const LOG_PREFIX_ARGUMENT = "--custom-logGroup-prefix";
/** Where Glue writes without it: groups of the whole account. */
export const SHARED_LOGS = "/aws-glue/jobs";
/** Where Python shell jobs print. Source: Glue, "Python shell jobs": their groups have no argument. */
export const SHELL_LOGS = "/aws-glue/python-jobs";
export const LOG_STREAMS = ["output", "error"] as const;

/** Prefix of a job's log groups: the job's own, else that of the environment. Versions before 5.0 do not know the argument. */
export function logPrefixOf(config: LakehouseConfig, names: Names, id: string): string {
  const job = config.jobs[id];
  if (job?.type === "pythonshell") return SHELL_LOGS;
  const own = job?.nonOverridableArguments[LOG_PREFIX_ARGUMENT] ?? job?.arguments[LOG_PREFIX_ARGUMENT];
  if (own !== undefined && own !== null) return String(own);
  // Taken away, or of a version that does not know it.
  return job === undefined || own === null || Number(job.glueVersion) < 5 ? SHARED_LOGS : names.jobLogs;
}

/** True when a job of the config writes to the groups that are ours. */
export const hasOwnLogs = (config: LakehouseConfig, names: Names): boolean =>
  Object.keys(config.jobs).some((id) => logPrefixOf(config, names, id) === names.jobLogs);

/** The prefix of each job, by its id. */
export function logPrefixes(config: LakehouseConfig, scope: Scope): Readonly<Record<string, string>> {
  const names = namesOf(config, scope);
  return Object.fromEntries(Object.keys(config.jobs).map((id) => [id, logPrefixOf(config, names, id)]));
}
