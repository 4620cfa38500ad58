import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { Glue } from "@aws-sdk/client-glue";
import { IAM } from "@aws-sdk/client-iam";
import { Lambda } from "@aws-sdk/client-lambda";
import { S3 } from "@aws-sdk/client-s3";
import type { Stage } from "./stage.ts";
import { signed } from "../test/harness/sign.ts";

/** What `outputs --json` says of an environment, as far as the benchmark asks. */
export interface Outputs {
  readonly buckets: Readonly<Record<"raw" | "bronze" | "silver" | "scripts", { readonly name: string }>>;
  readonly databases: Readonly<Record<"bronze" | "silver", { readonly name: string }>>;
  readonly jobs: Readonly<Record<string, { readonly name: string }>>;
  readonly roles: Readonly<Record<string, { readonly arn: string }>>;
  readonly workflow: { readonly name: string };
  readonly function: { readonly name: string };
  readonly ledger: { readonly name: string };
}

/** One environment in the embedded AWS, with clients for it. */
export interface Place {
  readonly env: string;
  readonly outputs: Outputs;
  readonly endpoint: string;
  readonly keys: { accessKeyId: string; secretAccessKey: string };
  readonly s3: S3;
  readonly dynamo: DynamoDB;
  readonly glue: Glue;
  readonly iam: IAM;
  readonly lambda: Lambda;
  readonly logs: CloudWatchLogs;
}

/** Applies the environment and takes the events of its raw bucket away: the benchmark hands them over itself, in one go. */
export async function settle(stage: Stage, env: string): Promise<Place> {
  stage.environment(env);
  await stage.cli(["apply", "--env", env, "--yes"]);
  const status = JSON.parse((await stage.cli(["local", "status", "--json"])).out) as {
    endpoint: string;
    region: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  const outputs = JSON.parse((await stage.cli(["outputs", "--env", env, "--json"])).out) as Outputs;
  const config = {
    endpoint: status.endpoint,
    region: status.region,
    credentials: { accessKeyId: status.accessKeyId, secretAccessKey: status.secretAccessKey },
  };
  const place = {
    env,
    outputs,
    endpoint: status.endpoint,
    keys: config.credentials,
    s3: new S3(config),
    dynamo: new DynamoDB(config),
    glue: new Glue(config),
    iam: new IAM(config),
    lambda: new Lambda(config),
    logs: new CloudWatchLogs(config),
  };
  await place.s3.putBucketNotificationConfiguration({
    Bucket: outputs.buckets.raw.name,
    NotificationConfiguration: {},
  });
  return place;
}

/** Calls that the front has had so far, by service and operation. */
export async function callCounts(place: Place): Promise<Record<string, number>> {
  const to = await signed({ url: `${place.endpoint}/_metriccare/calls`, service: "metriccare", keys: place.keys });
  return (await (await fetch(to.url, { headers: to.headers })).json()) as Record<string, number>;
}

/** Sums by service of what came between two counts. */
export function callsBetween(before: Record<string, number>, after: Record<string, number>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of Object.entries(after)) {
    const service = name.split(" ")[0] ?? name;
    sums[service] = (sums[service] ?? 0) + count - (before[name] ?? 0);
  }
  return sums;
}
