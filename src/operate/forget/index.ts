import { DATASETS } from "../../lakehouse/registry.ts";
import type { AwsContext } from "../../aws/context.ts";
import { command } from "../next.ts";
import { OperateProblem } from "../problem.ts";
import { findActive } from "../runs/calls.ts";
import type { RunEvent } from "../runs/events.ts";
import { runWorkflow } from "../runs/follow.ts";
import { recounted } from "../ledger/write.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { splitUrl } from "../hudi/store.ts";
import { eraseBy } from "./jobs.ts";
import { removeOld } from "./objects.ts";
import { unknownPerson, type Person } from "./person.ts";
import type { Place } from "./place.ts";
import { leftovers } from "./prove.ts";
import { eraseRaw } from "./erase.ts";
import { generationsOfKey, learnFromRaw, noIds, nothingLeft, type RawFile, rawFiles, refuseWaiting } from "./raw.ts";
import { type Untouched, untouched } from "./untouched.ts";
import { removePassing } from "./temporary.ts";
import { filesOfRows, learnFromSilver, learnFromTable, type Request, requestOf, rowsOfFiles } from "./tables.ts";

/** What would be erased, and what stays, in counts: never an id that the user did not type. */
export interface ForgetPlan extends Untouched {
  readonly type: "plan";
  /** Patient resources that are this one person. */
  readonly patients: number;
  readonly encounters: number;
  readonly conditions: number;
  readonly files_removed: number;
  readonly files_rewritten: number;
  readonly old_versions: number;
  /** Rows by table of Bronze. */
  readonly rows: Readonly<Record<string, number>>;
  /** Resources by dataset that leave Silver, or are made anew from what is left. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface ForgetStep {
  readonly type: "step";
  readonly what: string;
}

export interface ForgetFinished {
  readonly type: "finished";
  /** Places that still hold something of it; empty when it is proven that none does. */
  readonly left: readonly string[];
}

export type ForgetEvent = ForgetPlan | ForgetStep | { readonly type: "run"; readonly event: RunEvent } | ForgetFinished;

/** Patients last: they tell who else the person is. */
const ORDER = ["condition", "encounter", "patient"] as const;

/** What is to go, worked out. */
interface Found {
  readonly person: Person;
  readonly files: readonly RawFile[];
  readonly request: Request;
}

/**
 * Erases a person (`Patient/<id>`) or a file from everything that the pipeline keeps. First the plan; with `yes` the deed:
 * Bronze, then Silver, then the raw files and the ledger, so that a start after one that was cut off still finds what is
 * left. At the end everything is looked through once more.
 */
export async function* forget(
  place: Place,
  target: string,
  { yes, signal }: { readonly yes: boolean; readonly signal?: AbortSignal },
): AsyncGenerator<ForgetEvent> {
  const { pipeline } = place;
  await refuseRun(pipeline);
  yield step("looking for it in the raw files and tables");
  const who = /^Patient\/([^/\s]+)$/.exec(target)?.[1];
  const key = who === undefined ? await keyOfFile(pipeline, target) : undefined;
  const found = await find(place, who, key);
  yield planOf(found, await untouched(place, found.person, found.files));
  if (!yes) return;
  // To read every byte may have taken hours.
  await refuseRun(pipeline);
  if (key === undefined) await refuseWaiting(pipeline, found.files);
  else await refuseClaimed(pipeline, key);
  yield* eraseFromTables(place, found, signal);
  yield step("the ledger's counts of rows");
  await recount(pipeline, found);
  yield step("the raw files and their rows of the ledger");
  for (const file of found.files) {
    signal?.throwIfAborted();
    await eraseRaw(pipeline, file, found.person);
  }
  yield step("temporary files of the jobs, and what they keep of stays");
  await removePassing(place);
  yield step("the measures, by a run");
  yield* computedAnew(place, signal);
  yield step("looking through everything once more");
  const left = await leftovers(place, found.person, found.files, found.request);
  yield { type: "finished", left };
  if (left.length > 0)
    throw new OperateProblem(
      "forget_left",
      "Something of it is still there",
      "look at these places, then start `metriccare forget` again: it goes on where it was",
      "user",
      undefined,
      left,
    );
}

/** The ledger says of each file how many rows the tables hold: without those that were erased, now or by a start before. */
async function recount(pipeline: Pipeline, { files, request }: Found): Promise<void> {
  const { ctx, bronze, ledger } = pipeline;
  const ids = filesOfRows(request);
  for (const { key } of files) for (const { fileId } of await generationsOfKey(pipeline, key)) ids.add(fileId);
  const counts = await rowsOfFiles(ctx, bronze, ids);
  for (const [fileId, file] of await ledger.files([...ids])) {
    const rows = counts.get(fileId);
    if (rows) await recounted(ledger, file, rows);
  }
}

/** A run after all that was erased; one that somebody has started meanwhile may have read too early, and is waited for. */
async function* computedAnew(place: Place, signal: AbortSignal | undefined): AsyncGenerator<ForgetEvent> {
  const { ctx, run } = place.pipeline;
  const options = signal ? { signal } : {};
  const on = await findActive(ctx, run.workflow);
  if (on !== undefined) {
    for await (const event of runWorkflow(ctx, run, { ...options, runId: on })) {
      yield { type: "run", event };
      if (event.type === "detached") return;
    }
    // Its first Gold job may have kept stays of a Silver that still had all.
    await removePassing(place);
  }
  for await (const event of runWorkflow(ctx, run, options)) yield { type: "run", event };
}

const step = (what: string): ForgetStep => ({ type: "step", what });

async function refuseRun({ ctx, run }: Pipeline): Promise<void> {
  const on = await findActive(ctx, run.workflow);
  if (on === undefined) return;
  throw new OperateProblem(
    "concurrent_runs",
    `A run of ${run.workflow} is on: ${on}. What it reads now it would write after it was erased`,
    command(ctx, "run-workflow --attach"),
    "user",
    on,
  );
}

/** A file that goes whole may wait for a run, but not be read by one. */
async function refuseClaimed(pipeline: Pipeline, key: string): Promise<void> {
  const claimed = (await generationsOfKey(pipeline, key)).some(({ status }) => status === "claimed");
  if (!claimed) return;
  throw new OperateProblem(
    "forget_waits",
    "A run has claimed the file that is to be forgotten: what it reads now it would write after it was erased",
    command(pipeline.ctx, "run-workflow --attach"),
  );
}

/** The key of a file as people name it. */
async function keyOfFile(pipeline: Pipeline, file: string): Promise<string> {
  const { ctx, bucket, prefix } = pipeline;
  const plain = /^s3:\/\/[^/]+\/(.+)$/.exec(file)?.[1] ?? file;
  const names = plain.startsWith(prefix) ? [plain] : [`${prefix}${plain}`, plain];
  for (const key of names) {
    if ((await generationsOfKey(pipeline, key)).length > 0) return key;
    const ids = noIds();
    if ((await rawFiles({ ...pipeline, prefix: key }, unknownPerson(), (one) => one === key, ids)).length > 0)
      return key;
  }
  throw new OperateProblem(
    "not_found",
    `Neither S3 nor the ledger has a file \`${file}\``,
    `${command(ctx, "ledger list")}; a person is named Patient/<id>`,
    "user",
    `s3://${bucket}/${names[0] ?? plain}`,
  );
}

async function find(place: Place, who: string | undefined, key: string | undefined): Promise<Found> {
  const { pipeline, silver } = place;
  const { ctx, bronze, bucket } = pipeline;
  const person = unknownPerson();
  if (who !== undefined) {
    person.patients.add(who);
    for (let more = true; more;) {
      more = await learnFromTable(ctx, bronze, "patient", person);
      for (const dataset of ["encounter", "condition"] as const)
        more = (await learnFromTable(ctx, bronze, dataset, person)) || more;
      more = (await learnFromSilver(ctx, silver, person)) || more;
      more = (await learnFromRaw(pipeline, person)) || more;
    }
  }
  const known = noIds();
  const files = await rawFiles(pipeline, person, (one) => one === key, known);
  // Rows of a person go by their ids; by the file go those of a generation that held nothing of others.
  const goneIds = new Set(files.flatMap(({ gone }) => [...gone]));
  const generations =
    key === undefined ? [] : (await generationsOfKey(pipeline, key)).flatMap(({ generation }) => generation ?? []);
  const isGoneFile = (fileId: string): boolean => {
    const place = fileId.slice(0, fileId.lastIndexOf("#"));
    return goneIds.has(fileId) || (key !== undefined && place === `${bucket}/${key}`);
  };
  const request = await requestOf(
    ctx,
    { bronze, silver },
    {
      person,
      isGoneFile,
      isGoneGeneration: (ordering) => generations.some((one) => ordering.includes(one)),
      known,
    },
  );
  const absent = key !== undefined && files.length === 0 ? [nothingLeft(key)] : [];
  return { person, files: [...files, ...absent], request };
}

const countsOf = (lists: Readonly<Record<string, readonly string[]>>): Record<string, number> =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.length]));

const planOf = ({ person, files, request }: Found, stays: Untouched): ForgetPlan => ({
  type: "plan",
  patients: person.patients.size,
  encounters: person.encounters.size,
  conditions: person.conditions.size,
  files_removed: files.filter(({ whole }) => whole).length,
  files_rewritten: files.filter(({ rewrite }) => rewrite).length,
  old_versions: files.flatMap(({ versions }) => versions).filter(({ isLatest }) => !isLatest).length,
  rows: countsOf(request.rows),
  resources: countsOf(request.ids),
  ...stays,
});

/**
 * Layer by layer, each table by the job that writes it; then what S3 keeps of the tables' old files. Every job is started,
 * whatever its table's rows say: one that died after its commit has left the files before, which hold the rows that are gone.
 */
async function* eraseFromTables(
  { pipeline, silver, writers }: Place,
  { request }: Found,
  signal: AbortSignal | undefined,
): AsyncGenerator<ForgetEvent> {
  const { ctx, bronze } = pipeline;
  for (const layer of ["bronze", "silver"] as const)
    for (const dataset of ORDER) {
      const writer = writers.find((one) => one.layer === layer && one.dataset === dataset);
      if (!writer) continue;
      signal?.throwIfAborted();
      yield step(`the ${layer} table of ${dataset}, by its job`);
      await eraseBy(ctx, writer, request, signal);
    }
  yield step("old versions of the tables' files");
  for (const dataset of [...DATASETS, "quarantine"]) await removeOldOf(ctx, `${bronze}/${dataset}/`);
  for (const dataset of DATASETS)
    for (const table of [dataset, `${dataset}_deleted`]) await removeOldOf(ctx, `${silver}/${table}/`);
}

async function removeOldOf(ctx: AwsContext, place: string): Promise<void> {
  const { bucket, prefix } = splitUrl(`s3://${place}`);
  await removeOld(ctx, bucket, prefix);
}
