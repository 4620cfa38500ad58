import { type AttributeValue, DynamoDB } from "@aws-sdk/client-dynamodb";
import { Glue } from "@aws-sdk/client-glue";
import { Lambda } from "@aws-sdk/client-lambda";
import { type NotificationConfiguration, S3 } from "@aws-sdk/client-s3";
import { systemClock } from "../../../src/clock/index.ts";
import type { Ran, TestProject } from "../../harness/project.ts";
import type { Upload } from "./uploads.ts";

/** What is in S3 of a key, oldest first. */
export interface Stored {
  readonly key: string;
  readonly etag: string;
  readonly versionId: string;
}

interface Names {
  readonly buckets: Readonly<Record<string, { readonly name: string }>>;
  readonly databases: Readonly<Record<string, { readonly name: string }>>;
  readonly ledger: { readonly name: string };
  readonly function: { readonly name: string };
  readonly workflow: { readonly name: string };
}

export type S3Record = object;
type Item = Readonly<Record<string, AttributeValue>>;

const sleep = (ms: number): Promise<void> => systemClock.sleep(ms);

/** Tries until it works: a caller of AWS that does not give up while the embedded AWS comes back. */
export async function stubborn<T>(work: () => Promise<T>, what: string, ms = 120_000): Promise<T> {
  const until = systemClock.now() + ms;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (systemClock.now() > until) throw new Error(`${what}: ${String(error)}`, { cause: error });
      await sleep(300);
    }
  }
}

interface Status {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

interface Place {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** One environment in the embedded AWS of a project, driven by the command line and past it. */
export class Lake {
  readonly s3: S3;
  readonly dynamo: DynamoDB;
  readonly glue: Glue;
  readonly lambda: Lambda;
  /** All that the command line ever printed about it. */
  readonly printed: string[] = [];
  #wiring: NotificationConfiguration = {};
  #sequence = 0;

  private constructor(
    readonly project: TestProject,
    readonly env: string,
    /** Where its embedded AWS is, and what opens it. */
    readonly place: Place,
    readonly names: Names,
  ) {
    const client = { ...place, maxAttempts: 2 };
    this.s3 = new S3({ ...client, forcePathStyle: true });
    this.dynamo = new DynamoDB(client);
    this.glue = new Glue(client);
    this.lambda = new Lambda(client);
  }

  static async make(project: TestProject, env: string, config = ""): Promise<Lake> {
    project.write(`config/${env}.yaml`, `aws: {embedded: true}\n${config}`);
    const applied = await project.run(["apply", "--env", env, "--yes", "--json"]);
    if (applied.code !== 0) throw new Error(`apply: ${applied.out.slice(-1500)}${applied.err}`);
    const status = JSON.parse((await project.run(["local", "status", "--json"])).out) as Status;
    const { endpoint, region, ...credentials } = status;
    const names = JSON.parse((await project.run(["outputs", "--env", env, "--json"])).out) as Names;
    const lake = new Lake(project, env, { endpoint, region, credentials }, names);
    lake.printed.push(applied.out, applied.err);
    return lake;
  }

  bucket(id: string): string {
    return this.names.buckets[id]?.name ?? "";
  }

  /** Tables and partitions that the Data Catalog knows. */
  async catalog(): Promise<string[]> {
    const found: string[] = [];
    for (const [layer, { name: DatabaseName }] of Object.entries(this.names.databases)) {
      const { TableList } = await stubborn(() => this.glue.getTables({ DatabaseName }), "catalog");
      for (const { Name: TableName = "" } of TableList ?? []) {
        const { Partitions } = await stubborn(() => this.glue.getPartitions({ DatabaseName, TableName }), "partitions");
        const values = (Partitions ?? []).map((partition) => partition.Values?.join("/") ?? "").toSorted();
        found.push(`${layer}.${TableName} ${values.join()}`);
      }
    }
    return found.toSorted();
  }

  async run(...args: string[]): Promise<Ran> {
    const ran = await this.project.run([...args, "--env", this.env, "--json"]);
    this.printed.push(ran.out, ran.err);
    return ran;
  }

  /** S3 tells nobody of what comes, until `listen`. */
  async deafen(): Promise<void> {
    const Bucket = this.bucket("raw");
    const { $metadata: _, ...wiring } = await stubborn(
      () => this.s3.getBucketNotificationConfiguration({ Bucket }),
      "wiring",
    );
    this.#wiring = wiring;
    await stubborn(
      () => this.s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: {} }),
      "unwiring",
    );
  }

  async listen(): Promise<void> {
    const NotificationConfiguration = this.#wiring;
    const Bucket = this.bucket("raw");
    await stubborn(() => this.s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration }), "wiring");
  }

  /** PUTs it, and answers the event that S3 makes of that. */
  async put({ key, body }: Upload): Promise<S3Record> {
    const Bucket = this.bucket("raw");
    const done = await stubborn(() => this.s3.putObject({ Bucket, Key: key, Body: body }), "put");
    const sequencer = (systemClock.now() * 4096 + ++this.#sequence).toString(16).toUpperCase();
    return {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-1",
      eventTime: new Date(systemClock.now()).toISOString(),
      eventName: "ObjectCreated:Put",
      s3: {
        bucket: { name: Bucket },
        object: {
          key: encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/"),
          size: body.length,
          eTag: (done.ETag ?? "").replaceAll('"', ""),
          versionId: done.VersionId,
          sequencer,
        },
      },
    };
  }

  /** As S3 delivers: asynchronously, and when nobody takes it, it is lost. */
  async deliver(records: readonly S3Record[], wait = false): Promise<boolean> {
    try {
      await this.lambda.invoke({
        FunctionName: this.names.function.name,
        InvocationType: wait ? "RequestResponse" : "Event",
        Payload: Buffer.from(JSON.stringify({ Records: records })),
      });
      return true;
    } catch {
      return false;
    }
  }

  /** Everything that S3 holds under the raw prefix, key by key, oldest first. */
  async stored(): Promise<Stored[]> {
    const page = await stubborn(
      () => this.s3.listObjectVersions({ Bucket: this.bucket("raw"), Prefix: "fhir/", MaxKeys: 1000 }),
      "versions",
    );
    return (page.Versions ?? [])
      .map((one) => ({
        key: one.Key ?? "",
        etag: (one.ETag ?? "").replaceAll('"', ""),
        versionId: one.VersionId ?? "",
      }))
      .toReversed()
      .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  /** Every item of the ledger, heads and runs included. */
  async items(): Promise<Item[]> {
    const found: Item[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const ExclusiveStartKey = from;
      const page = await stubborn(
        () => this.dynamo.scan({ TableName: this.names.ledger.name, ConsistentRead: true, ExclusiveStartKey }),
        "ledger",
      );
      found.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from);
    return found;
  }

  async lastRun(): Promise<{ id: string; on: boolean } | undefined> {
    const { Workflow } = await stubborn(() => this.glue.getWorkflow({ Name: this.names.workflow.name }), "last run");
    const run = Workflow?.LastRun;
    if (!run?.WorkflowRunId) return undefined;
    return { id: run.WorkflowRunId, on: run.Status === "RUNNING" || run.Status === "STOPPING" };
  }

  /** Waits until no run is on and no file is pending; answers whether it came to that. */
  async quiet(ms = 120_000): Promise<boolean> {
    const until = systemClock.now() + ms;
    for (;;) {
      const pending = (await this.items()).filter((item) => item["pending"] !== undefined).length;
      const run = await this.lastRun();
      if (pending === 0 && !run?.on) return true;
      if (systemClock.now() > until) return false;
      await sleep(500);
    }
  }
}
