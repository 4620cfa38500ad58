import { type Address, addressText, type Finding } from "../../engine/types.ts";
import { cronProblem } from "./cron.ts";
import { looksSecret, SECRET_FIX } from "../secrets.ts";
import { runCost } from "./price.ts";
import type { JobProps, TriggerProps } from "./props.ts";

/** Source: StartJobRun refuses all arguments of a job together above this. */
const ARGUMENTS_MAX = 260_000;
/** From here runs were seen to be refused ("Request size limit exceeded"). */
const ARGUMENTS_WARN = 180_000;

const COST_CEILING = 50;

/** Most that one run may cost when it and every retry use up their time, in US dollars. */
export const worstCase = (props: JobProps): number => runCost({ ...props, timeout: props.timeoutMinutes ?? 0 });

type Draft = Omit<Finding, "at">;

const sizeOf = (map: Readonly<Record<string, string>>): number => Buffer.byteLength(JSON.stringify(map));

function lintSize(props: JobProps): Draft[] {
  const size = sizeOf(props.arguments) + sizeOf(props.nonOverridableArguments);
  if (size < ARGUMENTS_WARN) return [];
  const text = `its arguments take ${Math.ceil(size / 1000)} kB; AWS takes ${ARGUMENTS_MAX / 1000} kB in all`;
  const level = size > ARGUMENTS_MAX ? "error" : "warning";
  return [{ code: "job_arguments_size", level, text, fix: "Put lists into an object in S3 and pass its key." }];
}

/** The command of streaming jobs: they alone go on for ever. */
const STREAMING = "gluestreaming";

/** Source: Glue, "Maintenance windows for AWS Glue Streaming". */
function lintWindow({ maintenanceWindow, command }: JobProps): Draft[] {
  if (maintenanceWindow === null || command === STREAMING) return [];
  return [
    {
      code: "job_maintenance_window",
      level: "error",
      text: "a maintenance window is for streaming jobs only",
      fix: "Remove maintenanceWindow.",
    },
  ];
}

const SHELL = "pythonshell";
type Refuse = (text: string, fix: string) => void;

/** What a Python shell job has in place of workers. Source: Glue, "Adding Python shell jobs". */
function lintShell(props: JobProps, refuse: Refuse): void {
  if (props.maxCapacity !== 0.0625 && props.maxCapacity !== 1)
    refuse(
      `a Python shell job runs on 0.0625 or 1 DPU${props.maxCapacity === undefined ? "" : `, not on ${props.maxCapacity}`}`,
      "Set maxCapacity to 0.0625 or 1, and no workers.",
    );
  if (!["3", "3.9"].includes(props.pythonVersion))
    refuse(`a Python shell job runs Python 3.9, not ${props.pythonVersion}`, 'Set pythonVersion to "3.9".');
  if (props.executionClass === "FLEX") refuse("FLEX is for Spark jobs", "Remove executionClass.");
}

/** Workers of Spark jobs. Source: Glue, "Worker types", "Using flexible execution". */
function lintSpark(props: JobProps, refuse: Refuse): void {
  const old = props.glueVersion !== undefined && Number(props.glueVersion) < 2;
  const { glueVersion = "5.0" } = props;
  if (props.pythonVersion === "3.9" || (props.pythonVersion === "2" && !old))
    refuse(
      `a Spark job of Glue ${glueVersion} runs Python 3, not ${props.pythonVersion}`,
      'Set pythonVersion to "3", or type to pythonshell.',
    );
  if (props.executionClass === "FLEX" && Number(glueVersion) < 3)
    refuse(`FLEX jobs need Glue 3.0 or later, not ${glueVersion}`, "Remove executionClass, or raise glueVersion.");
  if (props.workerType === undefined && !old)
    refuse("since Glue 2.0 a Spark job has workers, not DPUs", "Set workerType and numberOfWorkers, not maxCapacity.");
  if (props.workerType === "Standard" && !old) refuse("worker type Standard ended with Glue 1.0", "Use G.1X.");
  if (props.workerType === "G.025X" && props.command !== STREAMING)
    refuse("worker type G.025X is for streaming jobs only", "Use G.1X.");
  if (props.workerType !== "G.025X" && props.numberOfWorkers === 1)
    refuse("a Spark job has two workers at least", "Set numberOfWorkers to 2 or more.");
  if (props.executionClass === "FLEX" && props.command === STREAMING)
    refuse("streaming jobs do not run as FLEX", "Remove executionClass.");
  if (props.executionClass === "FLEX" && !["G.1X", "G.2X"].includes(props.workerType ?? ""))
    refuse(
      `FLEX jobs run on G.1X and G.2X, not on ${props.workerType}`,
      "Use G.1X or G.2X, or execution class STANDARD.",
    );
}

/** What does not run together: types of jobs, worker types, Glue versions, execution classes. */
function lintMatrix(props: JobProps): Draft[] {
  const drafts: Draft[] = [];
  const refuse = (text: string, fix: string): void =>
    void drafts.push({ code: "job_worker_type", level: "error", text, fix });
  if (props.maxCapacity !== undefined && (props.workerType ?? props.numberOfWorkers) !== undefined)
    refuse("AWS takes workers or DPUs, never both", "Keep workerType and numberOfWorkers, or maxCapacity.");
  else if (props.command === SHELL) lintShell(props, refuse);
  else lintSpark(props, refuse);
  return drafts;
}

/** Source: AWS Glue's release notes: Hudi 0.12.1, 0.15.0, 1.0.2, 1.1.1 in Glue 4.0, 5.0, 5.1, 6.0. */
function lintHudi(props: JobProps): Draft[] {
  if (!(props.arguments["--datalake-formats"] ?? "").split(",").includes("hudi")) return [];
  const conf = props.arguments["--conf"] ?? "";
  const drafts: Draft[] = [];
  const warn = (text: string, fix: string): void =>
    void drafts.push({ code: "job_hudi_version", level: "warning", text, fix });
  if (props.glueVersion === "4.0")
    warn("Glue 4.0 has Hudi 0.12.1 and Python 3.10; the scripts are made for Hudi 0.15", "Use Glue 5.0.");
  if (props.glueVersion === "5.1" || props.glueVersion === "6.0") {
    warn(
      `Glue ${props.glueVersion} has a Hudi 1.x that upgrades existing tables, which Athena and Glue 5.0 then cannot read`,
      "Use Glue 5.0, or let all jobs write hoodie.write.table.version=6.",
    );
    if (!/fs\.s3a\.endpoint/.test(conf))
      warn(
        "without an endpoint its S3 connector takes us-east-2",
        "Add spark.hadoop.fs.s3a.endpoint.region=<region> to --conf.",
      );
  }
  if (props.arguments["--extra-jars"]?.includes("hudi"))
    warn("--extra-jars brings a second Hudi beside the one of --datalake-formats", "Keep one of the two.");
  return drafts;
}

function lintSecrets(props: JobProps): Draft[] {
  return Object.entries({ ...props.arguments, ...props.nonOverridableArguments })
    .filter(([key, value]) => looksSecret(key, value))
    .map(([key]) => ({
      code: "job_argument_secret",
      level: "error",
      text: `${key} looks like a secret; arguments are shown in the console and may be logged`,
      fix: SECRET_FIX,
    }));
}

function lintCost(props: JobProps): Draft[] {
  const cost = worstCase(props);
  if (cost <= COST_CEILING) return [];
  return [
    {
      code: "job_cost",
      level: "warning",
      text: `one run may cost up to $${cost.toFixed(2)} (${props.maxCapacity === undefined ? `${props.numberOfWorkers} × ${props.workerType}` : `${props.maxCapacity} DPU`}, ${props.timeoutMinutes} minutes, ${props.maxRetries} retries)`,
      fix: "Lower timeout, numberOfWorkers or maxRetries.",
    },
  ];
}

/** What can be known to be wrong with a job before anything is sent. */
export function lintJob(address: Address, props: JobProps): readonly Finding[] {
  const drafts = [lintSize, lintMatrix, lintWindow, lintHudi, lintSecrets, lintCost].flatMap((lint) => lint(props));
  return drafts.map((draft) => ({ at: addressText(address), ...draft }));
}

/** What can be known to be wrong with a trigger before anything is sent. */
export function lintTrigger(address: Address, props: TriggerProps): readonly Finding[] {
  const drafts: Draft[] = [];
  const refuse = (text: string, fix: string): void =>
    void drafts.push({ code: "trigger_form", level: "error", text, fix });
  const waits = Object.keys(props.predicate?.conditions ?? {});
  const starts = Object.keys(props.actions);
  if (props.type === "CONDITIONAL" && waits.length === 0) refuse("waits for nothing", "Name jobs in `after`.");
  const schedule = props.schedule === null ? undefined : cronProblem(props.schedule);
  if (schedule) refuse(schedule, "Correct the schedule.");
  for (const name of starts.filter((one) => waits.includes(one)))
    refuse(`${name} is both waited for and started`, "AWS refuses that: use two triggers.");
  if (starts.length > 50) refuse(`starts ${starts.length} jobs; AWS takes 50`, "Spread them over two triggers.");
  if (props.type === "CONDITIONAL" && !props.enabled)
    drafts.push({
      code: "trigger_off",
      level: "warning",
      text: "is not enabled, so the jobs behind it never start",
      fix: "Set `enabled: true`.",
    });
  return drafts.map((draft) => ({ at: addressText(address), ...draft }));
}
