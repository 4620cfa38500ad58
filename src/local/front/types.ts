import type { Clock } from "../../clock/index.ts";
import type { KeyPair, Patience, SecretOf } from "./door/index.ts";

/** One script to run: everything a runner needs, already merged as Glue merges it. */
export interface JobLaunch {
  readonly jobName: string;
  readonly jobRunId: string;
  readonly attempt: number;
  /** `s3://bucket/key` of the script. */
  readonly scriptLocation: string;
  /** Defaults < trigger action < call < NonOverridable, with `--JOB_NAME`, `--JOB_RUN_ID` and, in a workflow, `--WORKFLOW_*`. */
  readonly arguments: Record<string, string>;
  readonly roleArn: string;
  readonly glueVersion: string;
  /** `glueetl`, `gluestreaming` or `pythonshell`. */
  readonly commandName: string;
  readonly timeoutMinutes: number;
  onLine(stream: "output" | "error", line: string): void;
}

export interface JobOutcome {
  readonly state: "SUCCEEDED" | "FAILED" | "STOPPED" | "TIMEOUT";
  readonly errorMessage?: string;
}

export interface JobProcess {
  /** Never rejects. */
  readonly done: Promise<JobOutcome>;
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
  readonly timestamp: number;
  readonly message: string;
}

export interface FrontOptions {
  /** 0 = any free one. */
  readonly port: number;
  /** Where everything that is not Glue or tag search goes: `unix:FILE` (socketUrl), or `http://127.0.0.1:PORT`. */
  readonly emulatorUrl: string;
  readonly stateDir: string;
  readonly account: string;
  readonly region: string;
  readonly runner: JobRunner;
  /** botocore's `glue/2017-03-31/service-2.json`, plain or gzip. */
  readonly glueModelPath: string;
  readonly clock: Clock;
  emitGlueEvent(detailType: string, detail: object, resources: string[]): Promise<void>;
  putLogs(group: string, stream: string, lines: LogLine[]): Promise<void>;
  log(line: string): void;
  /** The project folder's own pair: the account's root. */
  readonly keys: KeyPair;
  /** The secret of a key that the emulator minted (users' keys, sessions of roles and functions). */
  readonly secretOf?: SecretOf;
  /** What the tokens of links to functions' code are made of. */
  readonly linkSecret: string;
  /** How long slow senders are waited for. */
  readonly patience?: Partial<Patience>;
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
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}
