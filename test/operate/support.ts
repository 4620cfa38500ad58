import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { awsContext, type AwsContext } from "../../src/aws/context.ts";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients } from "../../src/aws/clients.ts";
import type { Clock } from "../../src/clock/index.ts";
import type { LedgerTarget } from "../../src/operate/ledger/item.ts";
import { type Ledger, ledgerOf } from "../../src/operate/ledger/ledger.ts";
import { standIn } from "../harness/clients.ts";
import { faults } from "../../src/services/faults.ts";

/** Time that passes only when somebody sleeps. */
export class VirtualClock implements Clock {
  #now = Date.parse("2024-05-01T10:00:00Z");
  readonly sleeps: number[] = [];
  now(): number {
    return this.#now;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw signal.reason;
    this.sleeps.push(ms);
    this.#now += ms;
    await Promise.resolve();
    if (signal?.aborted) throw signal.reason;
  }
}

type Service =
  "s3" | "sqs" | "glue" | "dynamodb" | "logs" | "sns" | "lambda" | "events" | "iam" | "kms" | "sts" | "tagging";
type Answer = (input: never) => unknown;
export type Stubs = Partial<Record<Service, Record<string, Answer>>>;

/** A context whose clients answer from a script; an operation that is not in it fails the test by name. Calls are counted. */
export function stubContext(stubs: Stubs, clock: Clock = new VirtualClock()): AwsContext {
  const calls = new CallLog();
  const target = { region: "us-east-1", endpoint: "http://127.0.0.1:9" };
  const clients = new Clients({ target, calls, faults, readOnly: false });
  for (const service of ["s3", "sqs", "glue", "dynamodb", "logs", "sns", "iam", "lambda", "kms"] as const) {
    const client = new Proxy(
      {},
      {
        get: (_, operation: string | symbol) => {
          // Promises ask what they resolve to for `then`.
          if (operation === "then" || typeof operation === "symbol") return undefined;
          return async (input: unknown): Promise<unknown> => {
            calls.add(service, operation);
            const answer = stubs[service]?.[operation];
            if (!answer) throw new Error(`the test has no answer for ${service}.${operation}`);
            return (answer as (input: unknown) => unknown)(input);
          };
        },
      },
    );
    standIn(clients, { [service]: client });
  }
  return awsContext({
    project: "metriccare",
    env: "test",
    account: "123456789012",
    region: "us-east-1",
    partition: "aws",
    target,
    clients,
    calls,
    clock,
    projectDir: process.cwd(),
  });
}

/** An error as the SDK throws it. */
export function awsError(name: string, message = name, status = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

export const networkError = (code = "ECONNREFUSED"): Error =>
  Object.assign(new Error(`connect ${code}`), { code, name: "Error" });

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** S3's two reads over a folder on disk: buckets are its sub-folders. Pages hold three keys, so that paging is real. */
export function diskS3(root: string): Record<string, Answer> {
  return {
    listObjectsV2: (input: { Bucket: string; Prefix?: string; Delimiter?: string; ContinuationToken?: string }) => {
      const base = join(root, input.Bucket);
      const prefix = input.Prefix ?? "";
      const keys = walk(base)
        .map((path) => relative(base, path).split("\\").join("/"))
        .filter((key) => key.startsWith(prefix));
      const entries = new Set(
        keys.map((key) => {
          const cut = input.Delimiter ? key.indexOf(input.Delimiter, prefix.length) : -1;
          return cut < 0 ? key : key.slice(0, cut + 1);
        }),
      );
      const all = [...entries].sort();
      const from = Number(input.ContinuationToken ?? 0);
      const page = all.slice(from, from + 3);
      return {
        Contents: page
          .filter((key) => !key.endsWith("/"))
          .map((Key) => ({ Key, Size: statSync(join(base, Key)).size })),
        CommonPrefixes: page.filter((key) => key.endsWith("/")).map((Prefix) => ({ Prefix })),
        IsTruncated: from + 3 < all.length,
        NextContinuationToken: String(from + 3),
      };
    },
    getObject: (input: { Bucket: string; Key: string; Range?: string }) => {
      let bytes: Uint8Array = readFileSync(join(root, input.Bucket, input.Key));
      const range = /bytes=(\d+)-(\d+)/.exec(input.Range ?? "");
      if (range) bytes = bytes.subarray(Number(range[1]), Number(range[2]) + 1);
      return { Body: { transformToByteArray: async () => bytes } };
    },
  };
}

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Names as operations take them, bound to whoever asks: what the command line makes of a session. */
export const bound = <T extends { readonly ledger: LedgerTarget }>(
  ctx: AwsContext,
  target: T,
): Omit<T, "ledger"> & { ctx: AwsContext; ledger: Ledger } => ({
  ...target,
  ctx,
  ledger: ledgerOf(ctx, target.ledger),
});
