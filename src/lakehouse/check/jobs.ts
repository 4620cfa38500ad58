import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

/** Settings that Glue takes of streaming jobs alone. All jobs of the config are Spark jobs that end. */
export const checkJobs = (config: LakehouseConfig): Problem[] =>
  Object.entries(config.jobs).flatMap(([id, job]) => [
    ...(job.maintenanceWindow === undefined
      ? []
      : [
          {
            path: ["jobs", id, "maintenanceWindow"],
            message: "is for streaming jobs only: in that hour Glue restarts them, and this job ends by itself",
            suggestion: "Remove it.",
          },
        ]),
    ...(job.workerType === "G.025X"
      ? [
          {
            path: ["jobs", id, "workerType"],
            message: "worker type G.025X is for streaming jobs only, and this job does not stream",
            suggestion: "Use G.1X.",
          },
        ]
      : []),
  ]);
