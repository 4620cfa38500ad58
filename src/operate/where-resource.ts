import type { AwsContext } from "../aws/context.ts";
import { type Dataset, DATASETS } from "../lakehouse/registry.ts";
import type { DataFile } from "./hudi/timeline.ts";
import { eachRow } from "./hudi/read.ts";
import { msOf, parseFileId } from "./ledger/file-id.ts";

/** One version of a resource in Bronze, or a deletion of it. */
export interface WhereVersion {
  readonly key: string;
  readonly file_id: string;
  readonly line: number;
  readonly entry: number;
  /** `meta.lastUpdated` of a version, the time of a deletion; null where a version says none. */
  readonly time: string | null;
  readonly deletes: boolean;
  /** It is the version that Silver and the measures have. */
  readonly counts: boolean;
}

/** One answer to "what became of this resource". */
export interface WhereResource {
  readonly resource: string;
  /** Newest first. */
  readonly versions: readonly WhereVersion[];
  readonly said: string;
}

interface Found {
  readonly ordering: string;
  readonly fileId: string;
  readonly line: number;
  readonly entry: number;
  readonly deletes: boolean;
}

/** How the ordering of a version without lastUpdated begins, and how far before 1970 its count of milliseconds starts. */
const NO_TIME = "0".repeat(15);
const YEAR_ONE_MS = 62_135_596_800_000;

const timeOf = (ordering: string): string | null =>
  ordering.startsWith(NO_TIME)
    ? null
    : new Date(Number(ordering.slice(0, 15)) - YEAR_ONE_MS - 1).toISOString().replace(".000Z", "Z");
const generationOf = ({ fileId }: Found): string => parseFileId(fileId)?.generation ?? "";

/** `Patient/<id>`; undefined for what names no resource that the tables have. */
export function resourceNamed(text: string): { readonly dataset: Dataset; readonly id: string } | undefined {
  const [, kind = "", id = ""] = /^(Patient|Encounter|Condition)\/([^/\s]+)$/.exec(text) ?? [];
  const dataset = DATASETS.find((one) => one === kind.toLowerCase());
  return dataset && { dataset, id };
}

/** Every version and deletion of a resource in Bronze, and which of them counts (docs/measures.md K1, D1 to D3). */
export async function whereResource(
  ctx: AwsContext,
  bronze: string,
  { dataset, id }: { readonly dataset: Dataset; readonly id: string },
): Promise<WhereResource | undefined> {
  const url = `s3://${bronze}/${dataset}/`;
  const days = new Set<string>();
  for await (const row of eachRow(ctx, url, ["resource_id", "file_id"]))
    if (row["resource_id"] === id) days.add(dayOf(String(row["file_id"] ?? "")));
  if (days.size === 0) return undefined;
  const found: Found[] = [];
  // Resources are long: only the days are opened that have one of this id.
  const only = ({ partition }: DataFile): boolean =>
    partition === "" || [...days].some((day) => partition.includes(day));
  for await (const row of eachRow(ctx, url, ["resource_id", "file_id", "ordering", "line", "entry", "resource"], only))
    if (row["resource_id"] === id)
      found.push({
        ordering: String(row["ordering"] ?? ""),
        fileId: String(row["file_id"] ?? ""),
        line: Number(row["line"] ?? 0),
        entry: Number(row["entry"] ?? 0),
        deletes: row["resource"] === null || row["resource"] === undefined,
      });
  return told(
    dataset,
    found.toSorted((a, b) => (a.ordering < b.ordering ? 1 : -1)),
  );
}

const dayOf = (fileId: string): string =>
  new Date(msOf(parseFileId(fileId)?.generation ?? null) ?? 0).toISOString().slice(0, 10);

/** The newest version that no deletion has taken away: those with a time go by times, those without by files. */
export function counting(found: readonly Found[]): Found | undefined {
  const deletions = found.filter(({ deletes }) => deletes);
  return found.find(
    (one) =>
      !one.deletes &&
      !deletions.some((gone) =>
        one.ordering.startsWith(NO_TIME)
          ? generationOf(gone) > generationOf(one)
          : gone.ordering.slice(0, 15) > one.ordering.slice(0, 15),
      ),
  );
}

function told(dataset: Dataset, found: readonly Found[]): WhereResource {
  const counts = counting(found);
  const versions = found.map((one): WhereVersion => ({
    key: parseFileId(one.fileId)?.key ?? one.fileId,
    file_id: one.fileId,
    line: one.line,
    entry: one.entry,
    time: timeOf(one.ordering),
    deletes: one.deletes,
    counts: one === counts,
  }));
  const gone = versions.find(({ deletes }) => deletes);
  const now = versions.find((one) => one.counts);
  const place = ({ key, line, entry }: WhereVersion): string =>
    `${key}, line ${line}${entry > 0 ? `, entry ${entry}` : ""}`;
  const said = now
    ? `It counts as ${place(now)} has it${now.time ? `, of ${now.time}` : ""}${gone ? "; an older deletion does not" : ""}.`
    : gone
      ? `Deleted at ${gone.time ?? "?"} by ${place(gone)}: it is in no measure.`
      : "Bronze has it, and no version of it counts.";
  return { resource: dataset, versions, said };
}
