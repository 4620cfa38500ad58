import type * as Sdk from "@aws-sdk/client-glue";
import { AwsError, invalidInput, notFound } from "../errors.ts";
import { newestFirst, pageOf } from "../paging.ts";
import type { RunEngine } from "../runs/engine.ts";
import { shownRun } from "../runs/records.ts";
import type { Wire } from "../wire.ts";
import { checkArguments, checkTimeout, checkWorkers } from "./job-rules.ts";
import { operation, type Operations } from "./operation.ts";
import type { GlueState, JobDef } from "./state.ts";

/** Runs of jobs and their bookmarks. */
export function jobRunOperations(state: GlueState, engine: RunEngine): Operations {
  const job = (name = ""): JobDef => {
    const found = state.jobs.get(name);
    if (!found) throw notFound(`Job ${name} not found.`);
    return found;
  };

  const start = ({ JobName = "", Arguments, ...overrides }: Wire<Sdk.StartJobRunRequest>): object => {
    const { WorkerType, NumberOfWorkers, JobRunId } = overrides;
    if (overrides.MaxCapacity !== undefined && (WorkerType !== undefined || NumberOfWorkers !== undefined)) {
      throw invalidInput("Please do not set Max Capacity when using Worker Type and Number of Workers.");
    }
    if ((WorkerType === undefined) !== (NumberOfWorkers === undefined)) {
      throw invalidInput("Please set both Worker Type and Number of Workers.");
    }
    if (WorkerType !== undefined) checkWorkers(WorkerType, NumberOfWorkers ?? 0);
    checkTimeout(overrides.Timeout);
    checkArguments(Arguments ?? {});
    if (JobRunId !== undefined && state.jobRuns.get(JobRunId)?.JobName !== JobName)
      throw notFound(`Job Run ${JobRunId} not found.`);
    return { JobRunId: engine.jobs.startByCall({ jobName: JobName, arguments: Arguments, overrides }).Id };
  };

  const stop = ({ JobName = "", JobRunIds = [] }: Wire<Sdk.BatchStopJobRunRequest>): object => {
    job(JobName);
    const problem = (id: string): AwsError | undefined => {
      if (state.jobRuns.get(id)?.JobName !== JobName) return notFound(`Job Run ${id} not found.`);
      return engine.jobs.stop(id)
        ? undefined
        : invalidInput(`Job Run ${id} is in state ${state.jobRuns.get(id)?.JobRunState} and cannot be stopped.`);
    };
    const answers = JobRunIds.map((JobRunId) => ({ JobName, JobRunId, error: problem(JobRunId) }));
    return {
      SuccessfulSubmissions: answers.filter((answer) => !answer.error).map(({ JobRunId }) => ({ JobName, JobRunId })),
      Errors: answers.flatMap(({ JobRunId, error }) =>
        error ? [{ JobName, JobRunId, ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } }] : [],
      ),
    };
  };

  const bookmark = (name = ""): Wire<Sdk.JobBookmarkEntry> => {
    job(name);
    const found = state.bookmarks.get(name);
    if (!found) throw notFound(`Job bookmark for job name: ${name} not found.`);
    return found;
  };

  return {
    StartJobRun: operation(start),
    BatchStopJobRun: operation(stop),
    GetJobRun: operation(({ JobName = "", RunId = "" }: Wire<Sdk.GetJobRunRequest>) => {
      const run = state.jobRuns.get(RunId);
      if (run?.JobName !== JobName) throw notFound(`Job Run ${RunId} not found.`);
      return { JobRun: shownRun(state, run) };
    }),
    GetJobRuns: operation((input: Wire<Sdk.GetJobRunsRequest>) => {
      const { Name } = job(input.JobName);
      const runs = [...state.jobRuns.values()].filter((run) => run.JobName === Name);
      const page = pageOf(runs, (run) => newestFirst(run.StartedOn, run.Id), input, 200);
      return { JobRuns: page.items.map((run) => shownRun(state, run)), NextToken: page.nextToken };
    }),
    GetJobBookmark: operation(({ JobName }: Wire<Sdk.GetJobBookmarkRequest>) => ({
      JobBookmarkEntry: bookmark(JobName),
    })),
    // No runner here writes bookmarks, so a reset only ever meets an empty one: AWS answers EntityNotFoundException too.
    ResetJobBookmark: operation(({ JobName = "" }: Wire<Sdk.ResetJobBookmarkRequest>) => {
      const old = bookmark(JobName);
      const fresh = { ...old, Version: (old.Version ?? 0) + 1, Run: 0, Attempt: 0, JobBookmark: "{}" };
      state.bookmarks.set(JobName, fresh);
      return { JobBookmarkEntry: fresh };
    }),
  };
}
