import { createHash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { IngestPipeline } from "../../src/operate/ingest/events.ts";
import type { LedgerTarget } from "../../src/operate/ledger/item.ts";
import { fileItem } from "../harness/ledger.ts";
import { awsError, type Stubs, type VirtualClock } from "./support.ts";

type Item = Record<string, AttributeValue>;

/** A bucket, a ledger and a workflow that behave as ours do, on a virtual clock. What goes wrong is set by the test. */
export class World {
  readonly objects = new Map<string, { etag: string; size: number; metadata: Record<string, string> }>();
  readonly ledger = new Map<string, Item>();
  readonly puts: string[] = [];
  readonly runs: { id: string; from: number; to: number; ok: boolean; settled: boolean }[] = [];
  #sequence = 0;
  #events: { at: number; key: string; etag: string; size: number; sequence: number }[] = [];
  /** Events of these many next PUTs get lost. */
  loseEvents = 0;
  eventMs = 800;
  runMs = 20_000;
  /** What the next runs do; the last one stays. */
  outcomes: boolean[] = [true];
  /** The function starts a run when an event comes in. */
  functionStarts = true;
  broken = new Set<string>();
  /** A line of the function's log. */
  functionSays: string | undefined;
  /** False: the jobs break before they claim anything. */
  claims = true;

  constructor(readonly clock: VirtualClock) {}

  readonly target: Omit<IngestPipeline, "ctx" | "ledger"> & { readonly ledger: LedgerTarget } = {
    bucket: "raw",
    prefix: "fhir/",
    ledger: { table: "ledger", hashKey: "file_id" },
    run: { workflow: "w", jobs: { bronze: "bronze", gold: "gold" } },
    function: "f",
  };

  /** Everything that has happened until now. */
  #advance(): void {
    const now = this.clock.now();
    for (const event of this.#events.filter((each) => each.at <= now)) this.#receive(event);
    this.#events = this.#events.filter((each) => each.at > now);
    for (const run of this.runs) if (!run.settled && run.to <= now) this.#settle(run);
  }

  #receive(event: { at: number; key: string; etag: string; size: number; sequence: number }): void {
    const headId = `KEY#raw/${event.key}`;
    const head = this.ledger.get(headId);
    const sequencer = event.sequence.toString(16).toUpperCase().padEnd(24, "0");
    if (head?.["etag"]?.S !== event.etag) {
      const id = `raw/${event.key}#${event.at}-${sequencer}`;
      const history = head?.["history"]?.L ?? [];
      const happened = {
        M: {
          sequencer: { S: sequencer },
          event_ms: { N: String(event.at) },
          etag: { S: event.etag },
          size: { N: String(event.size) },
        },
      };
      this.ledger.set(headId, {
        file_id: { S: headId },
        latest_file_id: { S: id },
        etag: { S: event.etag },
        size: { N: String(event.size) },
        history: { L: [...history, { M: { first: happened } }] },
      });
      const row = { bucket: "raw", key: event.key, ms: event.at, etag: event.etag, size: event.size };
      this.ledger.set(id, {
        ...fileItem({ ...row, receivedAt: new Date(event.at).toISOString() }),
        file_id: { S: id },
      });
    }
    if (this.functionStarts) this.start();
  }

  rows(): Item[] {
    return [...this.ledger.values()].filter((item) => item["entity"]?.S === "FILE");
  }

  start(): string | undefined {
    const now = this.clock.now();
    if (this.runs.some((run) => !run.settled && run.to > now)) return undefined;
    const ok = (this.outcomes.length > 1 ? this.outcomes.shift() : this.outcomes[0]) ?? true;
    const run = { id: `wr_${this.runs.length + 1}`, from: now, to: now + this.runMs, ok, settled: false };
    this.runs.push(run);
    for (const item of this.claims ? this.rows() : [])
      if (item["status"]?.S === "received")
        Object.assign(item, {
          status: { S: "claimed" },
          run_id: { S: run.id },
          claimed_at: { S: new Date(now).toISOString() },
          attempt: { N: String(Number(item["attempt"]?.N) + 1) },
        });
    return run.id;
  }

  #settle(run: { id: string; ok: boolean; settled: boolean }): void {
    run.settled = true;
    for (const item of this.rows()) {
      if (item["run_id"]?.S !== run.id || item["status"]?.S !== "claimed") continue;
      const bad = this.broken.has(item["key"]?.S ?? "");
      item["status"] = { S: run.ok ? (bad ? "failed" : "processed") : "received" };
      if (run.ok && bad) item["error"] = { S: "nothing in it can be read" };
    }
    // What came in meanwhile and was never tried starts the next one.
    if (
      this.functionStarts &&
      this.rows().some((item) => item["status"]?.S === "received" && item["attempt"]?.N === "0")
    )
      this.start();
  }

  stubs(): Stubs {
    return {
      s3: {
        headObject: (input: { Key: string }) => {
          const object = this.objects.get(input.Key);
          if (!object) throw awsError("NotFound", "NotFound", 404);
          return { ETag: `"${object.etag}"`, ContentLength: object.size, Metadata: object.metadata };
        },
        putObject: (input: {
          Key: string;
          Body: Uint8Array;
          Metadata: Record<string, string>;
          ChecksumSHA256: string;
        }) => {
          if (createHash("sha256").update(input.Body).digest("base64") !== input.ChecksumSHA256)
            throw awsError("BadDigest");
          this.put(input.Key, input.Body, input.Metadata);
          return { ETag: `"${this.objects.get(input.Key)?.etag}"` };
        },
      },
      dynamodb: {
        batchGetItem: (input: { RequestItems: Record<string, { Keys: Record<string, { S: string }>[] }> }) => {
          this.#advance();
          const [[table, { Keys }] = ["", { Keys: [] }]] = Object.entries(input.RequestItems);
          if (Keys.length > 100) throw awsError("ValidationException");
          const found = Keys.flatMap((key): Item[] => {
            const item = this.ledger.get(key["file_id"]?.S ?? "");
            return item ? [structuredClone(item)] : [];
          });
          return { Responses: { [table]: found } };
        },
      },
      glue: {
        getWorkflow: () => {
          this.#advance();
          const run = this.runs.at(-1);
          if (!run) return { Workflow: {} };
          return { Workflow: { LastRun: { WorkflowRunId: run.id, Status: run.settled ? "COMPLETED" : "RUNNING" } } };
        },
        startWorkflowRun: () => {
          this.#advance();
          const RunId = this.start();
          if (!RunId) throw awsError("ConcurrentRunsExceededException");
          return { RunId };
        },
        getWorkflowRun: (input: { RunId: string }) => {
          this.#advance();
          const run = this.runs.find((each) => each.id === input.RunId);
          if (!run) throw awsError("EntityNotFoundException");
          const state = !run.settled ? "RUNNING" : run.ok ? "SUCCEEDED" : "FAILED";
          const node = (Name: string, JobRunState: string): object => ({
            Type: "JOB",
            Name,
            JobDetails: { JobRuns: [{ Id: `jr_${Name}`, JobRunState }] },
          });
          return {
            Run: {
              WorkflowRunId: run.id,
              Status: run.settled ? "COMPLETED" : "RUNNING",
              Graph: { Nodes: [node("bronze", state), node("gold", state)] },
            },
          };
        },
      },
      logs: {
        filterLogEvents: () => ({ events: this.functionSays ? [{ message: this.functionSays }] : [] }),
        getLogEvents: () => {
          throw awsError("ResourceNotFoundException");
        },
      },
    };
  }

  put(key: string, body: Uint8Array, metadata: Record<string, string> = {}): void {
    const etag = createHash("md5").update(body).digest("hex");
    this.puts.push(key);
    this.objects.set(key, { etag, size: body.length, metadata });
    if (this.loseEvents > 0) {
      this.loseEvents--;
      return;
    }
    this.#events.push({
      at: this.clock.now() + this.eventMs,
      key,
      etag,
      size: body.length,
      sequence: ++this.#sequence,
    });
  }
}
