import type { FunctionSettings } from "./settings.ts";

/** A name for one version, or two by weight. */
export interface FunctionAlias {
  /** A number, `$LATEST`, or `newest`: the version that was published last. Live: `7 (newest)`. */
  readonly version: string;
  readonly description: string;
  /** Further versions and their part of the calls. */
  readonly routing: Readonly<Record<string, number>>;
}

export interface FunctionPermission {
  /** `s3.amazonaws.com`, an account, or the ARN of a principal. */
  readonly principal: string;
  readonly sourceArn: string | null;
  readonly sourceAccount: string | null;
  /** Id of the organisation that the caller's account belongs to. */
  readonly organization?: string;
  /** Alexa's id of the skill. */
  readonly eventSourceToken?: string;
  /** The alias that is let at, in place of the newest code. */
  readonly alias?: string;
}

/** Address: `name` is the function's name. Handle: its ARN. A function from an image has empty texts for `runtime` and `handler`. */
export interface FunctionProps extends Partial<FunctionSettings> {
  readonly runtime: string;
  readonly handler: string;
  readonly roleArn: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly ephemeralStorageMb: number;
  readonly architecture: "x86_64" | "arm64";
  readonly environment: Readonly<Record<string, string>>;
  readonly kmsKey: string | null;
  /** SHA-256 of the zip in base64, as Lambda tells it; the bytes are its content (engine). null with `codeS3` and for an image. */
  readonly codeSha256: string | null;
  /** `s3://bucket/key` of a zip that lies in a bucket, with `@v=<version>` for one version of it. null with `codeSha256` and for an image. */
  readonly codeS3: string | null;
  /** Name of the log group. */
  readonly logGroup: string;
  readonly logFormat: "Text" | "JSON";
  readonly tracing: "PassThrough" | "Active";
  readonly reservedConcurrency: number | null;
  /** Where asynchronous events go that failed for good: ARN of a topic, queue, function or bus. */
  readonly onFailureArn: string | null;
  /** 0 to 2. */
  readonly retryAttempts: number;
  /** 60 to 21600. */
  readonly maxEventAgeSeconds: number;
  /** A version of its code and configuration as they are is published. */
  readonly published?: boolean;
  /** All of its aliases, by name. */
  readonly aliases?: Readonly<Record<string, FunctionAlias>>;
  /** Instances that are kept warm, by alias. */
  readonly provisionedConcurrency?: Readonly<Record<string, number>>;
  /** Who may call it; keys are `[A-Za-z0-9_]+`, the statement id is `metriccare-<key>`. Other people's statements stay. */
  readonly permissions: Readonly<Record<string, FunctionPermission>>;
}
