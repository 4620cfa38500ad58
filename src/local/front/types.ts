import type { Clock } from "../../clock/index.ts";
import type { KeyPair, Patience, SecretOf } from "./door/index.ts";

/** One script to run: everything a runner needs, already merged as Glue merges it. */
export interface JobLaunch {
  jobName: string;
  jobRunId: string;
  attempt: number;
  /** `s3://bucket/key` of the script. */
  scriptLocation: string;
  /** Defaults < trigger action < call < NonOverridable, with `--JOB_NAME`, `--JOB_RUN_ID` and, in a workflow, `--WORKFLOW_*`. */
  arguments: Record<string, string>;
  roleArn: string;
  glueVersion: string;
  /** `glueetl`, `gluestreaming` or `pythonshell`. */
  commandName: string;
  timeoutMinutes: number;
  onLine(stream: "output" | "error", line: string): void;
}

export interface JobOutcome {
  state: "SUCCEEDED" | "FAILED" | "STOPPED" | "TIMEOUT";
  errorMessage?: string;
}

export interface JobProcess {
  /** Never rejects. */
  done: Promise<JobOutcome>;
  /** Resolves when the script AND its Spark jobs are ended. */
  stop(reason: "STOPPED" | "TIMEOUT"): Promise<void>;
}

/** Runs one script at a time per call. Timeouts, retries, limits and states are the front's own. */
export interface JobRunner {
  start(launch: JobLaunch): JobProcess;
  close(): Promise<void>;
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  timestamp: number;
  message: string;
}

export interface FrontOptions {
  /** 0 = any free one. */
  port: number;
  /** Where everything that is not Glue or tag search goes: `unix:FILE` (socketUrl), or `http://127.0.0.1:PORT`. */
  emulatorUrl: string;
  stateDir: string;
  account: string;
  region: string;
  runner: JobRunner;
  /** botocore's `glue/2017-03-31/service-2.json`, plain or gzip. */
  glueModelPath: string;
  clock: Clock;
  emitGlueEvent(detailType: string, detail: object, resources: string[]): Promise<void>;
  putLogs(group: string, stream: string, lines: LogLine[]): Promise<void>;
  log(line: string): void;
  /** The project folder's own pair: the account's root. */
  keys: KeyPair;
  /** The secret of a key that the emulator minted (users' keys, sessions of roles and functions). */
  secretOf?: SecretOf;
  /** What the tokens of links to functions' code are made of. */
  linkSecret: string;
  /** How long slow senders are waited for. */
  patience?: Partial<Patience>;
  /**
   * Why the owner of a key minted here may not do this by the emulator's IAM (AWS's text), or undefined. Without it Glue
   * and tag search let every known key do everything.
   */
  authorize?(
    accessKeyId: string,
    action: string,
    resources: string[],
    /** Condition keys of the request. */
    context?: Record<string, string>,
  ): Promise<string | undefined>;
}

export interface Front {
  url: string;
  port: number;
  close(): Promise<void>;
}
