import type { Problem } from "./problem.ts";
import { missing } from "./reference.ts";
import type { LakehouseConfig } from "../schema.ts";

/** Role of a job: its own word, or the one of its layer. */
export const roleOf = (job: { role?: string | undefined; layer: string }): string => job.role ?? `glue_${job.layer}`;

/** References between sections that lead nowhere. */
export function checkReferences(config: LakehouseConfig): Problem[] {
  return [
    ...checkJobs(config),
    ...checkFunction(config),
    ...Object.entries(config.uploads).flatMap(([id, upload]) => [
      ...missing(["uploads", id, "bucket"], "bucket", upload.bucket, config.buckets),
    ]),
    ...checkUploadKeys(config),
    ...checkRoles(config),
  ];
}

function checkJobs(config: LakehouseConfig): Problem[] {
  const used = new Set<string>(Object.values(config.jobs).map((job) => job.layer));
  // Silver reads what Bronze wrote, Gold what Silver did.
  if (used.has("silver")) used.add("bronze");
  if (used.has("gold")) used.add("silver");
  const layers = [...used].flatMap((layer) => [
    ...missing(["buckets"], "bucket", layer, config.buckets),
    ...missing(["databases"], "database", layer, config.databases),
  ]);
  const scripts = Object.keys(config.jobs).length > 0 ? missing(["buckets"], "bucket", "scripts", config.buckets) : [];
  const jobs = Object.entries(config.jobs).flatMap(([id, job]) => [
    ...missing(job.role === undefined ? ["roles"] : ["jobs", id, "role"], "role", roleOf(job), config.roles),
    ...job.packages.flatMap((one, i) => missing(["jobs", id, "packages", i], "upload", one, config.uploads)),
  ]);
  return distinct([...layers, ...scripts, ...jobs]);
}

function checkFunction(config: LakehouseConfig): Problem[] {
  const { function: fn } = config;
  return [
    ...missing(["function", "role"], "role", fn.role, config.roles),
    ...missing(["function", "events", "bucket"], "bucket", fn.events.bucket, config.buckets),
    ...checkLoop(config),
    ...checkWindow(config),
    ...(fn.s3ObjectVersion !== undefined && (fn.s3Bucket === undefined || fn.s3Key === undefined)
      ? [
          {
            path: ["function", "s3ObjectVersion"],
            message: "needs s3Bucket and s3Key, the object that it is a version of",
            suggestion: "Without s3Key, apply uploads `source` and takes what it has uploaded.",
          },
        ]
      : []),
    ...(fn.s3Key !== undefined && fn.s3Bucket === undefined
      ? [{ path: ["function", "s3Key"], message: "needs s3Bucket, the bucket that holds this key" }]
      : []),
  ];
}

/** What the function needs beside the waiting: to record the file before, and to start the run after. */
const BESIDE_SECONDS = 20;

/** One call of the function waits for the burst to end. */
function checkWindow(config: LakehouseConfig): Problem[] {
  const { batchWindow, timeout } = config.function;
  if (batchWindow === 0 || batchWindow + BESIDE_SECONDS <= timeout) return [];
  return [
    {
      path: ["function", "batchWindow"],
      message: `a call of the function waits that long, and is ended after ${timeout} seconds (timeout)`,
      suggestion: `Choose a timeout of ${batchWindow + BESIDE_SECONDS} or more, or a batchWindow of at most ${Math.max(timeout - BESIDE_SECONDS, 0)}.`,
    },
  ];
}

/** New objects in these buckets are the pipeline's own: a function that starts it from there never comes to rest. */
function checkLoop(config: LakehouseConfig): Problem[] {
  const { bucket, prefix } = config.function.events;
  if (!["bronze", "silver", "gold"].includes(bucket) && !(bucket === "scripts" && prefix === "")) return [];
  return [
    {
      path: ["function", "events", "bucket"],
      message: `the pipeline itself writes into \`${bucket}\`, so each run would start the next for ever`,
      suggestion: "Name the bucket that files arrive in, such as `raw`.",
    },
  ];
}

/** Two uploads under one key would overwrite each other at every apply. */
function checkUploadKeys(config: LakehouseConfig): Problem[] {
  const seen = new Map<string, string>();
  return Object.entries(config.uploads).flatMap(([id, upload]) => {
    const place = `${upload.bucket}/${uploadKey(upload)}`;
    const first = seen.get(place);
    seen.set(place, id);
    return first === undefined
      ? []
      : [{ path: ["uploads", id], message: `has the same bucket and key as upload \`${first}\` (${place})` }];
  });
}

/** Object key of an upload. */
export const uploadKey = (upload: { key?: string | undefined; source: string; zip: boolean }): string =>
  upload.key ?? `${keyOf(upload.source)}${upload.zip ? ".zip" : ""}`;

/** A path of the project as an object key: no `./`, no `../`, no leading or trailing slash. */
export const keyOf = (path: string): string =>
  path
    .split(/[\\/]/)
    .filter((part) => part !== "" && part !== "." && part !== "..")
    .join("/");

/** Name of the inline policy that follows from the config. */
export const DERIVED_POLICY = "lakehouse";

function checkRoles(config: LakehouseConfig): Problem[] {
  const taken = Object.entries(config.roles)
    .filter(([, role]) => Object.hasOwn(role.policies, DERIVED_POLICY))
    .map(([id]) => ({
      path: ["roles", id, "policies", DERIVED_POLICY],
      message: "is the name of the policy that follows from the config",
      suggestion: "Choose another name; both then apply.",
    }));
  const used = new Set([config.function.role, ...Object.values(config.jobs).map(roleOf)]);
  const idle = Object.keys(config.roles)
    .filter((id) => !used.has(id))
    .map((id) => ({
      path: ["roles", id],
      message: "no job and no function uses this role, so nobody could assume it",
      suggestion: "Remove it, or name it in a job's `role`.",
    }));
  return [...taken, ...idle];
}

const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify([problem.path, problem.message]), problem])).values(),
];
