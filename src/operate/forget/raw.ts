import type { Dataset } from "../../lakehouse/registry.ts";
import type { LedgerFile } from "../ledger/item.ts";
import { filesOfKey } from "../ledger/read.ts";
import { OperateProblem } from "../problem.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { command } from "../next.ts";
import { digestOf, isTheirs, opened, type Unit, unitsOf, wordsOf } from "./content.ts";
import { ofVersions } from "./generations.ts";
import { bytesOf, eachKey, type Version } from "./objects.ts";
import { idOf, learn, namedBy, type Person, typeOf } from "./person.ts";

/** What is to become of a raw file. */
export interface RawFile {
  readonly key: string;
  /** Nothing of others is or was in it: all of it goes, the ledger's rows of its key included. */
  readonly whole: boolean;
  /** What is there now holds something of theirs, and others had a part in the key: it is put again without. */
  readonly rewrite: boolean;
  /** Versions that go: those that hold something of theirs. */
  readonly versions: readonly Version[];
  /** Every version that was looked at, and the digest of what is there now. */
  readonly seen: readonly Version[];
  readonly digest: string | undefined;
  /** Ids of the generations that held nothing of others: what the tables have of these goes by the file. */
  readonly gone: ReadonlySet<string>;
  /** It tells who the person is: it goes last, so that a start after this one still knows. */
  readonly tellsWho: boolean;
}

const KINDS: Readonly<Record<string, Dataset>> = { Patient: "patient", Encounter: "encounter", Condition: "condition" };

/** Ids by dataset. */
export const noIds = (): Record<Dataset, Set<string>> => ({
  patient: new Set(),
  encounter: new Set(),
  condition: new Set(),
});

/** Learns from every version of every raw file who belongs to the person; true when something was new. */
export async function learnFromRaw({ ctx, bucket, prefix }: Pipeline, person: Person): Promise<boolean> {
  let found = false;
  for await (const { versions } of eachKey(ctx, bucket, prefix))
    for (const version of versions) {
      const bytes = await bytesOf(ctx, bucket, version);
      if (!bytes) continue;
      for (const { resource, fullUrl } of unitsOf(opened(bytes).bytes))
        if (resource) found = learn(person, resource, fullUrl) || found;
    }
  return found;
}

/** What the raw files hold of a person, or of the files that are named; notes the ids of what goes. */
export async function rawFiles(
  pipeline: Pipeline,
  person: Person,
  isNamed: (key: string) => boolean,
  ids: Record<Dataset, Set<string>>,
): Promise<RawFile[]> {
  const { ctx, bucket, prefix } = pipeline;
  const found: RawFile[] = [];
  const words = wordsOf(person);
  for await (const { key, versions } of eachKey(ctx, bucket, prefix)) {
    const named = isNamed(key);
    const after = words.test(key);
    const seen: Seen[] = [];
    for (const version of versions) {
      const bytes = await bytesOf(ctx, bucket, version);
      const isGone = (unit: Unit): boolean => named || isTheirs(person, unit, words);
      if (bytes) seen.push({ version, ...look(bytes, isGone, ids, named), digest: digestOf(bytes) });
    }
    if (seen.some(({ theirs }) => theirs)) found.push(await judged(pipeline, key, seen, { named, after }));
    else if (versions.length === 0 && (named || (after && (await generationsOfKey(pipeline, key)).length === 0)))
      found.push(nothingLeft(key));
  }
  return found.toSorted((a, b) => Number(a.tellsWho) - Number(b.tellsWho));
}

/** A key of which S3 has no content: a start before this one may have left its delete markers, which hold its name. */
export const nothingLeft = (key: string): RawFile => ({
  key,
  whole: true,
  rewrite: false,
  versions: [],
  seen: [],
  digest: undefined,
  gone: new Set(),
  tellsWho: true,
});

/** What one version holds. */
interface Seen {
  readonly version: Version;
  readonly theirs: boolean;
  readonly others: boolean;
  readonly tellsWho: boolean;
  readonly digest: string;
}

function look(
  bytes: Buffer,
  isGone: (unit: Unit) => boolean,
  ids: Record<Dataset, Set<string>>,
  named: boolean,
): Omit<Seen, "version" | "digest"> {
  const found = { theirs: named, others: false, tellsWho: false };
  for (const unit of unitsOf(opened(bytes).bytes))
    if (isGone(unit)) {
      found.theirs = true;
      note(ids, unit);
      if (unit.resource && typeOf(unit.resource) === "Patient") found.tellsWho = true;
    } else found.others = true;
  return found;
}

/**
 * What becomes of a key: by all of its versions, for others may have had a part in an earlier one, and by what the ledger
 * knows of versions that S3 keeps no more. A key that is named after the person does not stay for their sake.
 */
async function judged(
  pipeline: Pipeline,
  key: string,
  seen: readonly Seen[],
  { named, after }: { readonly named: boolean; readonly after: boolean },
): Promise<RawFile> {
  const alone = seen.filter(({ theirs, others }) => theirs && !others).map(({ version }) => version);
  const { gone, unknown } = await ofVersions(pipeline, key, alone);
  const whole = named || (seen.every(({ others }) => !others) && (unknown === 0 || after));
  const theirs = seen.filter((one) => one.theirs);
  return {
    key,
    whole,
    rewrite: !whole && theirs.some(({ version }) => version.isLatest),
    versions: (whole ? seen : theirs).map(({ version }) => version),
    seen: seen.map(({ version }) => version),
    digest: seen.find(({ version }) => version.isLatest)?.digest,
    gone,
    tellsWho: seen.some(({ tellsWho }) => tellsWho),
  };
}

function note(ids: Record<Dataset, Set<string>>, { resource, fullUrl, deletes }: Unit): void {
  const named = typeof deletes === "string" ? namedBy(deletes) : undefined;
  const kind = KINDS[resource ? typeOf(resource) : (named?.kind ?? "")];
  const id = resource ? idOf(resource, fullUrl) : (named?.id ?? "");
  if (kind !== undefined && id) ids[kind].add(id);
}

/** Every generation of a file that the ledger knows. */
export const generationsOfKey = ({ ledger, bucket }: Pipeline, key: string): Promise<LedgerFile[]> =>
  filesOfKey(ledger, { file: key, bucket });

/** Refuses while a run may still read what is to go. */
export async function refuseWaiting(pipeline: Pipeline, files: readonly RawFile[]): Promise<void> {
  for (const { key } of files)
    for (const { status } of await generationsOfKey(pipeline, key))
      if (status === "received" || status === "claimed")
        throw new OperateProblem(
          "forget_waits",
          "A file that holds what is to be forgotten still waits for a run",
          command(pipeline.ctx, "run-workflow"),
        );
}
