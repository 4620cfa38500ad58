import { readHudiTable } from "../../../src/operate/hudi/read.ts";
import { worldAt } from "../../harness/world.ts";
import { type Lake, stubborn } from "./lake.ts";

/** What must be the same after chaos and after a clean run, in lines of text: times, ids of runs and of versions left out. */
export interface LakeState {
  readonly ledger: readonly string[];
  readonly winners: readonly string[];
  readonly bronze: readonly string[];
  readonly quarantine: readonly string[];
  readonly silver: readonly string[];
  readonly measures: readonly string[];
  readonly catalog: readonly string[];
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? Number(inner) : inner));

const FILE_ID = /^[^/]+\/(.*)#([^#]*)$/s;

/** Generations of a key are named by their order: `fhir/a.ndjson (2)`. */
function generationNames(fileIds: readonly string[]): Map<string, string> {
  const byKey = new Map<string, string[]>();
  for (const id of fileIds) {
    const key = FILE_ID.exec(id)?.[1] ?? id;
    byKey.set(key, [...(byKey.get(key) ?? []), id]);
  }
  return new Map(
    [...byKey].flatMap(([key, ids]) => ids.toSorted().map((id, at) => [id, `${key} (${at + 1})`] as const)),
  );
}

async function rowsOf(lake: Lake, layer: string, table: string): Promise<Readonly<Record<string, unknown>>[]> {
  const ctx = worldAt({ ...lake.place, readOnly: true });
  const found = await stubborn(() => readHudiTable(ctx, `s3://${lake.bucket(layer)}/${table}/`), `${layer} ${table}`);
  return found?.rows ?? [];
}

async function sources(lake: Lake, table: string, names: ReadonlyMap<string, string>): Promise<string[]> {
  const rows = await rowsOf(lake, "bronze", table);
  return rows
    .map(
      (row) =>
        `${table}: ${names.get(String(row["file_id"])) ?? String(row["file_id"])} ${String(row["line"])}.${String(row["entry"])}`,
    )
    .toSorted();
}

/** Reads everything that can be compared. */
export async function stateOf(lake: Lake): Promise<LakeState> {
  const items = await lake.items();
  const files = items.filter((item) => item["entity"]?.S === "FILE");
  const names = generationNames(files.map((item) => item["file_id"]?.S ?? ""));
  const nameOf = (id: string | undefined): string => names.get(id ?? "") ?? `no row: ${id ?? "?"}`;
  const ledger = files.map((item) =>
    [
      nameOf(item["file_id"]?.S),
      item["etag"]?.S,
      item["size"]?.N,
      item["dataset"]?.S,
      item["status"]?.S,
      `${item["records_in"]?.N} records`,
      `${item["records_quarantined"]?.N} broken`,
      ...["patient", "encounter", "condition"].map((dataset) => item[`rows_${dataset}`]?.N),
      item["error"]?.S ?? "",
    ].join(" · "),
  );
  const winners = items
    .filter((item) => item["file_id"]?.S?.startsWith("KEY#"))
    .map(
      (item) =>
        `${item["file_id"]?.S?.replace(/^KEY#[^/]+\//, "")}: ${nameOf(item["latest_file_id"]?.S)} ${item["etag"]?.S}`,
    );
  const datasets = ["patient", "encounter", "condition"];
  const bronze = await Promise.all(datasets.map((table) => sources(lake, table, names)));
  const silver = await Promise.all(
    datasets.map(async (table) =>
      (await rowsOf(lake, "silver", table)).map(
        ({ ordering, ...row }) =>
          // Of the ordering, what the resource itself says counts: the rest is when it came.
          `${table}: ${textOf({ ...row, updated: String(ordering).split("-")[0] })}`,
      ),
    ),
  );
  const measures = (await lake.run("measures"))
    .lines<Record<string, unknown>>()
    // Which run computed them, and when, is another matter than what they are.
    .map(({ run_id: _run, computed_at: _when, ...row }) => JSON.stringify(row));
  return {
    ledger: ledger.toSorted(),
    winners: winners.toSorted(),
    bronze: bronze.flat(),
    quarantine: await sources(lake, "quarantine", names),
    silver: silver.flat().toSorted(),
    catalog: await lake.catalog(),
    measures: measures.toSorted(),
  };
}
