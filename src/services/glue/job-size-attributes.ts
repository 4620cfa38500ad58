import { z } from "zod";
import { attribute } from "./attribute.ts";
import { GLUE_VERSIONS, WORKER_TYPES } from "./parts.ts";
import { given } from "./tags.ts";

/** Version, size and time of a job; which of these it has follows from its type (`sized`). */
export const SIZE = [
  attribute({
    word: "pythonVersion",
    schema: z
      .enum(["3", "3.9", "2"])
      .optional()
      .describe("In quotes. Default: 3, which the Glue version makes more exact; 3.9 of Python shell jobs."),
    prop: "pythonVersion",
    field: "Command",
    terraform: "command.python_version",
    of: (version): string => version ?? "3",
    read: (job) => job.Command?.PythonVersion ?? "",
    send: (version) => ({ Command: { PythonVersion: given(version) } }),
  }),
  attribute({
    word: "glueVersion",
    schema: z
      .enum(GLUE_VERSIONS)
      .optional()
      .describe("In quotes: YAML reads 5.0 as the number 5. Default: 5.0; of Python shell jobs AWS's own."),
    prop: "glueVersion",
    field: "GlueVersion",
    terraform: "glue_version",
    of: (version) => version,
    read: (job) => job.GlueVersion,
    send: (GlueVersion) => ({ GlueVersion }),
    keep: (now, command) => now.Command?.Name === command,
  }),
  attribute({
    word: "workerType",
    schema: z.enum(WORKER_TYPES).optional().describe("Default: G.1X. Python shell jobs have none."),
    prop: "workerType",
    field: "WorkerType",
    terraform: "worker_type",
    of: (type) => type,
    read: (job) => job.WorkerType,
    send: (WorkerType) => ({ WorkerType }),
  }),
  attribute({
    word: "numberOfWorkers",
    schema: z.int().min(1).max(299).optional().describe("Default: 2. Python shell jobs have none."),
    prop: "numberOfWorkers",
    field: "NumberOfWorkers",
    terraform: "number_of_workers",
    of: (count) => count,
    read: (job) => (job.WorkerType === undefined ? undefined : job.NumberOfWorkers),
    send: (NumberOfWorkers) => ({ NumberOfWorkers }),
  }),
  attribute({
    word: "maxCapacity",
    schema: z
      .number()
      .min(0.0625)
      .max(1000)
      .optional()
      .describe("DPUs in place of workers: 0.0625 (the default) or 1 of Python shell jobs."),
    prop: "maxCapacity",
    field: "MaxCapacity",
    terraform: "max_capacity",
    of: (units) => units,
    // Of jobs with workers AWS tells what these come to.
    read: (job) => (job.WorkerType === undefined ? job.MaxCapacity : undefined),
    send: (MaxCapacity) => ({ MaxCapacity }),
  }),
  attribute({
    word: "timeout",
    schema: z
      .int()
      .min(1)
      .max(10_080)
      .optional()
      .describe("Minutes. Default: 60; streaming jobs go on until AWS starts them anew."),
    prop: "timeoutMinutes",
    field: "Timeout",
    terraform: "timeout",
    of: (minutes) => minutes,
    read: (job) => job.Timeout || undefined,
    send: (Timeout) => ({ Timeout }),
    keep: () => true,
  }),
] as const;
