/** What a job says of its size and its time; which of these it has follows from its type. */
export interface JobSize {
  readonly type: "glueetl" | "gluestreaming" | "pythonshell";
  readonly glueVersion?: string | undefined;
  readonly pythonVersion?: string | undefined;
  readonly workerType?: string | undefined;
  readonly numberOfWorkers?: number | undefined;
  readonly maxCapacity?: number | undefined;
  readonly timeout?: number | undefined;
}

/** DPUs of a Python shell job where nobody says more. Source: Glue, "Adding Python shell jobs". */
const SHELL_DPUS = 0.0625;

const WORKERS = { workerType: "G.1X", numberOfWorkers: 2 } as const;

/** What follows from a job's type where the config says nothing. A streaming job has no timeout of ours: it goes on. */
export function sized<T extends JobSize>(job: T): T {
  const workers = job.workerType !== undefined || job.numberOfWorkers !== undefined;
  if (job.type === "pythonshell")
    return {
      ...job,
      pythonVersion: job.pythonVersion ?? "3.9",
      timeout: job.timeout ?? 60,
      ...(workers ? {} : { maxCapacity: job.maxCapacity ?? SHELL_DPUS }),
    };
  return {
    ...job,
    glueVersion: job.glueVersion ?? "5.0",
    pythonVersion: job.pythonVersion ?? "3",
    ...(job.maxCapacity === undefined
      ? {
          workerType: job.workerType ?? WORKERS.workerType,
          numberOfWorkers: job.numberOfWorkers ?? WORKERS.numberOfWorkers,
        }
      : {}),
    ...(job.type === "gluestreaming" ? {} : { timeout: job.timeout ?? 60 }),
  };
}
