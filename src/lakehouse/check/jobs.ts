import { scopeOf } from "../scope.ts";
import { namesOf } from "../naming.ts";
import { bearsMark } from "../../services/glue/security-configuration.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";

type Job = LakehouseConfig["jobs"][string];
type At = (key: string, message: string, suggestion: string) => Problem;

/** Settings that Glue takes of streaming jobs alone. */
const ofStreams = (job: Job, at: At): Problem[] =>
  job.type === "gluestreaming"
    ? []
    : [
        ...(job.maintenanceWindow === undefined
          ? []
          : [
              at(
                "maintenanceWindow",
                "is for streaming jobs only: in that hour Glue restarts them, and this job ends by itself",
                "Remove it.",
              ),
            ]),
        ...(job.workerType === "G.025X"
          ? [
              at(
                "workerType",
                "worker type G.025X is for streaming jobs only, and this job does not stream",
                "Use G.1X.",
              ),
            ]
          : []),
      ];

/** Workers and DPUs: AWS refuses both together, and a Python shell job with workers. */
function ofSize(job: Job, at: At): Problem[] {
  const workers = (["workerType", "numberOfWorkers"] as const).filter((key) => job[key] !== undefined);
  const [first] = workers;
  if (job.type === "pythonshell" && first !== undefined)
    return [at(first, "a Python shell job has no workers", "Remove it; `maxCapacity` is 0.0625 (the default) or 1.")];
  if (first !== undefined && job.maxCapacity !== undefined)
    return [at("maxCapacity", "AWS takes workers or DPUs, never both", `Keep it, or ${workers.join(" and ")}.`)];
  if (job.numberOfWorkers === 1 && job.workerType !== "G.025X")
    return [at("numberOfWorkers", "a Spark job has two workers at least", "Set it to 2 or more.")];
  return [];
}

/** A bucket or a URL, never neither and never both. */
function ofUi({ sparkUi, type }: Job, at: At): Problem[] {
  if (sparkUi === undefined) return [];
  if (type === "pythonshell") return [at("sparkUi", "a Python shell job has no Spark", "Remove it.")];
  return (sparkUi.bucket === undefined) === (sparkUi.url === undefined)
    ? [at("sparkUi", "names either `bucket` or `url`", "Say where the event logs go: the id of a bucket, or s3://….")]
    : [];
}

/** What does not go together in a job. */
export const checkJobs = (config: LakehouseConfig): Problem[] =>
  Object.entries(config.jobs).flatMap(([id, job]) => {
    const at: At = (key, message, suggestion) => ({ path: ["jobs", id, key], message, suggestion });
    return [...ofStreams(job, at), ...ofSize(job, at), ...ofUi(job, at)];
  });

/** The name of a security configuration, and of a classifier, is the only mark that it bears. */
export function checkSecurityConfigurations(config: LakehouseConfig, env: string): Problem[] {
  const scope = scopeOf(config, env);
  const names = namesOf(config, scope);
  const marked = ["securityConfigurations", "classifiers"] as const;
  return marked
    .flatMap((section) => Object.keys(config[section]).map((id) => [section, id] as const))
    .filter(([section, id]) => !bearsMark(scope, names.named(section, id).name))
    .map(([section, id]) => ({
      path: [section, id, "name"],
      message: `starts with ${config.project}_ and ends with _${env}: AWS has no tags there, and the name is the mark`,
      suggestion: "Leave it out, or choose one of that form.",
    }));
}
