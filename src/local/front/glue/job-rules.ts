import type * as Sdk from "@aws-sdk/client-glue";
import { AwsError, invalidInput } from "../errors.ts";
import type { Wire } from "../wire.ts";
import type { GlueState } from "./state.ts";

type Settings = Wire<Sdk.JobUpdate>;

const COMMANDS = new Set(["glueetl", "gluestreaming", "pythonshell", "glueray"]);
const SHELL_DPUS = new Set([0.0625, 1]);
const GLUE_VERSIONS = new Set(["0.9", "1.0", "2.0", "3.0", "4.0", "5.0", "5.1", "6.0"]);
const MOST_WORKERS: Record<string, number> = {
  Standard: 299,
  "G.1X": 299,
  "G.025X": 299,
  "G.2X": 149,
  "G.4X": 74,
  "G.8X": 37,
};
/** All arguments of a job together. */
const LARGEST_ARGUMENTS = 260 * 1024;
const MOST_RETRIES = 10;
const LONGEST_TIMEOUT = 10_080;

/** What Glue refuses in CreateJob and UpdateJob beyond the model: InvalidInputException with its own texts where known. */
export function checkJob(state: GlueState, job: Settings): void {
  checkRole(state, job.Role ?? "");
  checkCommand(job);
  checkCapacity(job);
  if (job.GlueVersion !== undefined && !GLUE_VERSIONS.has(job.GlueVersion)) {
    throw invalidInput(`Given GlueVersion [${job.GlueVersion}] is not valid.`);
  }
  if ((job.MaxRetries ?? 0) < 0 || (job.MaxRetries ?? 0) > MOST_RETRIES) {
    throw invalidInput(`MaxRetries must be between 0 and ${MOST_RETRIES}.`);
  }
  checkTimeout(job.Timeout);
  if ((job.ExecutionProperty?.MaxConcurrentRuns ?? 1) < 1) throw invalidInput("MaxConcurrentRuns must be at least 1.");
  if (job.ExecutionClass === "FLEX" && (job.Command?.Name !== "glueetl" || Number(job.GlueVersion ?? "0.9") < 3)) {
    throw invalidInput("Flexible execution class is only available for glueetl jobs with Glue version 3.0 and above.");
  }
  checkArguments({ ...job.DefaultArguments, ...job.NonOverridableArguments });
}

/** A name or an ARN of a role of this account; whether it exists shows when a run starts, as on AWS. */
export function checkRole(state: GlueState, role: string): void {
  if (role.startsWith("arn:")) {
    const match = role.match(/^arn:aws[a-z-]*:iam::(\d{12}):role\/[\w+=,.@\-/]+$/);
    if (!match) throw invalidInput(`Role ${role} is not a valid role ARN.`);
    if (match[1] !== state.account)
      throw new AwsError("AccessDeniedException", "Cross-account pass role is not allowed.");
  } else if (!/^[\w+=,.@\-/]{1,576}$/.test(role)) {
    throw invalidInput(`Role ${role} is not a valid role name or ARN.`);
  }
}

function checkCommand({ Command, GlueVersion }: Settings): void {
  if (!Command?.Name || !COMMANDS.has(Command.Name)) {
    throw invalidInput(`Job command name ${Command?.Name ?? "null"} is not valid: [${[...COMMANDS].join(", ")}].`);
  }
  if (!Command.ScriptLocation) throw invalidInput("Script location cannot be null or empty.");
  if (Command.PythonVersion === "2" && Number(GlueVersion ?? "0.9") >= 2) {
    throw invalidInput(`Python version 2 is not supported for Glue version ${GlueVersion}.`);
  }
}

function checkCapacity(job: Settings): void {
  const workers = job.WorkerType !== undefined || job.NumberOfWorkers !== undefined;
  if (workers && job.MaxCapacity !== undefined) {
    throw invalidInput("Please do not set Max Capacity when using Worker Type and Number of Workers.");
  }
  if (job.AllocatedCapacity !== undefined && (workers || job.MaxCapacity !== undefined)) {
    throw invalidInput("Please set only Allocated Capacity or Max Capacity or Worker Type and Number of Workers.");
  }
  if (workers && (job.WorkerType === undefined || job.NumberOfWorkers === undefined)) {
    throw invalidInput("Please set both Worker Type and Number of Workers.");
  }
  if (job.MaxCapacity !== undefined && job.Command?.Name !== "pythonshell" && Number(job.GlueVersion ?? "0.9") >= 2) {
    throw invalidInput(
      "Please set Worker Type and Number of Workers instead of Max Capacity for Glue version 2.0 or later.",
    );
  }
  if (workers && job.Command?.Name === "pythonshell") {
    throw invalidInput(
      `Worker Type is not supported for Job Command pythonshell and Glue Version ${job.GlueVersion ?? "1.0"}.`,
    );
  }
  if (job.Command?.Name === "pythonshell" && job.MaxCapacity !== undefined && !SHELL_DPUS.has(job.MaxCapacity)) {
    throw invalidInput("Max Capacity of a Python shell job must be 0.0625 or 1.0.");
  }
  if (workers) checkWorkers(job.WorkerType ?? "", job.NumberOfWorkers ?? 0);
}

/** Also for StartJobRun, which may name other workers. */
export function checkWorkers(type: string, count: number): void {
  if (count < 2 && type !== "G.025X") {
    throw invalidInput(`To use Worker Type ${type}, minimum allowed value of Number of Workers is 2.`);
  }
  const most = MOST_WORKERS[type];
  if (most !== undefined && count > most) {
    throw invalidInput(`To use Worker Type ${type}, maximum allowed value of Number of Workers is ${most}.`);
  }
}

export function checkTimeout(minutes: number | undefined): void {
  if (minutes !== undefined && minutes > LONGEST_TIMEOUT) {
    throw invalidInput(`Timeout must be at most ${LONGEST_TIMEOUT} minutes.`);
  }
}

export function checkArguments(values: Record<string, string>): void {
  const bytes = Object.entries(values).reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v), 0);
  if (bytes > LARGEST_ARGUMENTS) throw invalidInput("Request size limit exceeded");
}
