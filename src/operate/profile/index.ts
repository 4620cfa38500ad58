import type { AwsContext } from "../../aws/context.ts";
import { eachRow } from "../hudi/read.ts";
import { find } from "../ingest/files.ts";
import { errorName, OperateProblem } from "../problem.ts";
import { command, noBucket } from "../next.ts";
import { Documents, type Piece } from "./documents.ts";
import { type FileRead, piecesOf } from "./files.ts";
import { Gathered } from "./gather.ts";
import { type Profile, profileOf } from "./result.ts";

export type { Profile } from "./result.ts";

interface Watch {
  /** Now, in milliseconds. */
  readonly now: number;
  /** Told now and then how far it is. */
  readonly says?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Resources between two words about how far it is; the event loop gets its turn there too. */
const STEP = 20_000;
const MB = 1_000_000;

const stopped = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Profiles files on this machine; nothing leaves it. Undefined when it was interrupted. */
export async function profileFiles(paths: readonly string[], watch: Watch): Promise<Profile | undefined> {
  const { found, skipped } = await find(paths);
  const zips = skipped.filter(({ path }) => /\.zip$/i.test(path)).map(({ path }) => ({ path }));
  const gathered = new Gathered(watch.now);
  const files = [...found, ...zips];
  const total = { bytes: 0, unreadable: 0, damaged: 0 };
  let resources = 0;
  for (const [index, file] of files.entries()) {
    const read: FileRead = { bytes: 0 };
    for await (const piece of piecesOf(file, read)) {
      gathered.add(piece);
      if (++resources % STEP !== 0) continue;
      watch.says?.(
        `${resources} resources, file ${index + 1} of ${files.length}, ${Math.round((total.bytes + read.bytes) / MB)} MB`,
      );
      await new Promise(setImmediate);
      if (stopped(watch.signal)) return undefined;
    }
    total.bytes += read.bytes;
    if (read.problem === "not FHIR") total.unreadable++;
    if (read.problem === "damaged") total.damaged++;
    if (stopped(watch.signal)) return undefined;
  }
  const left = skipped.length - zips.length;
  return profileOf(gathered, {
    files: files.length,
    bytes: total.bytes,
    left_out: left,
    not_fhir: total.unreadable,
    damaged: total.damaged,
  });
}

const TABLES = ["patient", "encounter", "condition"];

/** Profiles what Bronze holds: the resources as they came. Undefined when it was interrupted. */
export async function profileTables(ctx: AwsContext, bronze: string, watch: Watch): Promise<Profile | undefined> {
  const gathered = new Gathered(watch.now);
  let resources = 0;
  for (const table of TABLES) {
    try {
      for await (const row of eachRow(ctx, `s3://${bronze}/${table}/`, ["resource"])) {
        for (const piece of piecesOfText(String(row["resource"] ?? ""))) gathered.add(piece);
        if (++resources % STEP !== 0) continue;
        watch.says?.(`${resources} resources, table ${table}`);
        if (stopped(watch.signal)) return undefined;
      }
    } catch (error) {
      if (errorName(error) === "NoSuchBucket") throw noBucket(ctx, bronze.split("/")[0] ?? bronze);
      throw error;
    }
  }
  if (resources === 0)
    throw new OperateProblem(
      "no_resources",
      "Bronze holds no resource yet",
      `${command(ctx, "ingest --wait <files or folders>")}, or profile the files themselves: metriccare profile <files>`,
    );
  return profileOf(gathered, { tables: "bronze" });
}

/** Bronze keeps a deletion as a row without a resource. */
function* piecesOfText(resource: string): Generator<Piece> {
  if (resource === "") yield { kind: "deletion" };
  const documents = new Documents();
  yield* documents.feed(resource);
  yield* documents.end();
}
