import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import type { FunctionProps } from "../../src/services/lambda/props.ts";
import { ENV, type Lakehouse } from "./lakehouse.ts";

/** What both are asked to do. */
export interface Case {
  readonly name: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** The lakehouse is there before; else there is nothing. */
  readonly applied: boolean;
  /** What happens to it before, past the measured line. */
  readonly before?: (endpoint: string, lakehouse: Lakehouse) => Promise<void>;
}

const OURS = ["--env", ENV, "--json"];
const THEIRS = ["-input=false", "-no-color"];
/** Files that lie in the bucket when all is destroyed. */
const FILES = 20;

const direct = (endpoint: string) => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});

/** Somebody sets another timeout by hand. */
async function drift(endpoint: string, { desired }: Lakehouse): Promise<void> {
  const lambda = new Lambda(direct(endpoint));
  const one = desired.find(({ address: { kind } }) => kind === "lambda.function");
  // The props of that kind.
  const { timeoutSeconds = 0 } = (one?.props ?? {}) as Partial<FunctionProps>;
  await lambda.updateFunctionConfiguration({ FunctionName: one?.address.name, Timeout: timeoutSeconds + 1 });
}

async function data(endpoint: string, { desired }: Lakehouse): Promise<void> {
  const s3 = new S3({ ...direct(endpoint), forcePathStyle: true });
  const raw = desired.find(({ address: { kind, id } }) => kind === "s3.bucket" && id === "raw");
  for (let at = 0; at < FILES; at++)
    await s3.putObject({ Bucket: raw?.address.name, Key: `fhir/${at}.ndjson`, Body: "{}\n" });
}

export const CASES: Readonly<Record<string, Case>> = {
  diff: {
    name: "diff, nothing to do",
    ours: ["diff", ...OURS],
    theirs: ["plan", ...THEIRS, "-detailed-exitcode"],
    applied: true,
  },
  apply: {
    name: "apply from empty",
    ours: ["apply", ...OURS, "--yes"],
    theirs: ["apply", ...THEIRS, "-auto-approve"],
    applied: false,
  },
  repair: {
    name: "repair of one drift",
    ours: ["apply", ...OURS, "--yes"],
    theirs: ["apply", ...THEIRS, "-auto-approve"],
    applied: true,
    before: drift,
  },
  destroy: {
    name: "destroy with data",
    ours: ["destroy", ...OURS, "--yes", "--include-data"],
    theirs: ["destroy", ...THEIRS, "-auto-approve"],
    applied: true,
    before: data,
  },
};
