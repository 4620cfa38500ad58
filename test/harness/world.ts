import { CallLog } from "../../src/aws/call-log.ts";
import { Clients } from "../../src/aws/clients.ts";
import { type AwsContext, awsContext } from "../../src/aws/context.ts";
import { systemClock } from "../../src/clock/index.ts";
import { haveModels, holdToModel } from "./models.ts";
import { faults } from "../../src/services/faults.ts";

/** The account and region that both emulators answer for. */
export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";

export interface WorldOptions {
  readonly endpoint: string;
  readonly project?: string;
  readonly env?: string;
  readonly region?: string;
  readonly readOnly?: boolean;
  /** The embedded AWS lets nobody else in; moto takes anything. */
  readonly credentials?: Keys;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Those that `metriccare local env` prints where METRICCARE_TEST_ENDPOINT names an embedded AWS; moto takes any. */
function keysOfEndpoint(): Keys {
  const { METRICCARE_TEST_ENDPOINT, AWS_ACCESS_KEY_ID = "test", AWS_SECRET_ACCESS_KEY = "test" } = process.env;
  return METRICCARE_TEST_ENDPOINT
    ? { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
    : { accessKeyId: "test", secretAccessKey: "test" };
}

/** A context for calls to an emulator, with a call log of its own. Every request is held against AWS's model of its service. */
export function worldAt({
  endpoint,
  project = "kinds",
  env = "test",
  region = REGION,
  readOnly = false,
  credentials = keysOfEndpoint(),
}: WorldOptions): AwsContext {
  const calls = new CallLog();
  const target = { region, endpoint, credentials };
  const clients = new Clients({
    target,
    calls,
    faults,
    readOnly,
    maxAttempts: 1,
    observe: haveModels() ? holdToModel : undefined,
  });
  return awsContext({
    project,
    env,
    account: ACCOUNT,
    region,
    partition: "aws",
    target,
    clients,
    calls,
    clock: systemClock,
    projectDir: process.cwd(),
  });
}
