import type * as Sdk from "@aws-sdk/client-glue";
import { AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { checkJob } from "./job-rules.ts";
import { operation, type Operations } from "./operation.ts";
import { glueArn, nowOf, putTags, sameJson, type GlueState, type JobDef } from "./state.ts";

type JobSettings = Omit<Wire<Sdk.JobUpdate>, "LogUri"> & { LogUri?: string | undefined };

const dpuOf: Record<string, number> = {
  Standard: 1,
  "G.025X": 0.25,
  "G.1X": 1,
  "G.2X": 2,
  "G.4X": 4,
  "G.8X": 8,
  "Z.2X": 2,
};

/** What Glue fills in for what was left blank. Capacity follows from the workers, and both are shown. */
function withDefaults(name: string, settings: JobSettings, created: number, now: number): JobDef {
  const workers = settings.NumberOfWorkers;
  const shell = settings.Command?.Name === "pythonshell";
  const capacity =
    settings.WorkerType && workers !== undefined
      ? workers * (dpuOf[settings.WorkerType] ?? 1)
      : (settings.MaxCapacity ?? settings.AllocatedCapacity ?? (shell ? 0.0625 : 10));
  return {
    ...settings,
    Name: name,
    Role: settings.Role ?? "",
    Command: { ...settings.Command, ...(settings.Command?.PythonVersion || shell ? {} : { PythonVersion: "3" }) },
    JobMode: settings.JobMode ?? "SCRIPT",
    MaxRetries: settings.MaxRetries ?? 0,
    Timeout: settings.Timeout ?? 2880,
    GlueVersion: settings.GlueVersion ?? (shell ? "1.0" : "0.9"),
    ExecutionProperty: { MaxConcurrentRuns: settings.ExecutionProperty?.MaxConcurrentRuns ?? 1 },
    AllocatedCapacity: Math.floor(capacity),
    MaxCapacity: capacity,
    CreatedOn: created,
    LastModifiedOn: now,
  };
}

/** Job definitions. Source: Glue API, "Jobs". */
export function jobOperations(state: GlueState): Operations {
  const shown = (job: JobDef): object => job;

  const create = (input: Wire<Sdk.CreateJobRequest>): object => {
    const { Name, Tags, ...settings } = input;
    if (!Name) throw invalidInput("Job name cannot be empty");
    checkJob(state, settings);
    return state.store.transact(() => {
      const now = nowOf(state);
      const fresh = withDefaults(Name, settings, now, now);
      const old = state.jobs.get(Name);
      if (old) {
        const same = sameJson(
          { ...fresh, CreatedOn: 0, LastModifiedOn: 0 },
          { ...old, CreatedOn: 0, LastModifiedOn: 0 },
        );
        if (same) throw new AwsError("AlreadyExistsException", `Job already exists: ${Name}`);
        throw new AwsError(
          "IdempotentParameterMismatchException",
          `Job with name: ${Name} already submitted with different configuration.`,
        );
      }
      state.jobs.set(Name, fresh);
      putTags(state, `job/${Name}`, Tags);
      return { Name };
    });
  };

  /** Replaces the whole definition: what is not sent goes back to its default. */
  const update = ({ JobName, JobUpdate }: Wire<Sdk.UpdateJobRequest>): object => {
    const old = state.jobs.get(JobName ?? "");
    if (!old) throw notFound(`Job ${JobName} not found.`);
    if (!JobUpdate?.Role || !JobUpdate.Command) throw invalidInput("Role and Command are required in JobUpdate.");
    checkJob(state, JobUpdate);
    state.jobs.set(old.Name, withDefaults(old.Name, JobUpdate, old.CreatedOn ?? 0, nowOf(state)));
    return { JobName: old.Name };
  };

  /** A job that is not there is no error. */
  const remove = ({ JobName = "" }: Wire<Sdk.DeleteJobRequest>): object =>
    state.store.transact(() => {
      state.jobs.delete(JobName);
      state.tags.delete(glueArn(state, `job/${JobName}`));
      state.bookmarks.delete(JobName);
      return { JobName };
    });

  return {
    CreateJob: operation(create),
    UpdateJob: operation(update),
    DeleteJob: operation(remove),
    GetJob: operation(({ JobName = "" }: Wire<Sdk.GetJobRequest>) => {
      const job = state.jobs.get(JobName);
      if (!job) throw notFound(`Job ${JobName} not found.`);
      return { Job: shown(job) };
    }),
    GetJobs: operation((input: Wire<Sdk.GetJobsRequest>) => {
      const page = pageOf(state.jobs.values(), (job) => job.Name, input, 200);
      return { Jobs: page.items.map(shown), NextToken: page.nextToken };
    }),
    BatchGetJobs: operation(({ JobNames = [] }: Wire<Sdk.BatchGetJobsRequest>) => {
      const found = JobNames.map((name) => state.jobs.get(name)).filter((job) => job !== undefined);
      return { Jobs: found.map(shown), JobsNotFound: JobNames.filter((name) => !state.jobs.has(name)) };
    }),
    ListJobs: operation((input: Wire<Sdk.ListJobsRequest>) => {
      const names = [...state.jobs.values()].map((job) => job.Name);
      const page = pageOf(taggedOnly(state, "job", names, input.Tags), (name) => name, input, 100);
      return { JobNames: page.items, NextToken: page.nextToken };
    }),
  };
}

/** The names whose tags hold all of `wanted` (List* operations). */
export function taggedOnly(
  state: GlueState,
  type: string,
  names: string[],
  wanted: Record<string, string> | undefined,
): string[] {
  if (!wanted) return names;
  return names.filter((name) => {
    const tags = state.tags.get(glueArn(state, `${type}/${name}`)) ?? {};
    return Object.entries(wanted).every(([key, value]) => tags[key] === value);
  });
}
