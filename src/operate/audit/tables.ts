import { eachRow } from "../hudi/read.ts";
import { BronzeTimes } from "../care/gaps.ts";
import type { Pipeline } from "../runs/pipeline.ts";
import { DATASETS, type Dataset } from "../../lakehouse/registry.ts";

export { DATASETS };
export type Counts = Record<Dataset, number>;

/** Rows of one file that stand together in a table: `places` are pairs of line and entry, one after the other. */
export interface BronzeRows {
  readonly fileId: string;
  /** `null`: the quarantine, where a file that is all broken has left its rows alone. */
  readonly dataset: Dataset | null;
  readonly places: readonly number[];
}

/** Rows of one file are written together: so many are gathered before they are handed on. */
const GATHERED = 5_000;

/** Where the rows of the Bronze tables came from, in the order of the tables' files. */
export async function* bronzeRows({ ctx, bronze }: Pick<Pipeline, "ctx" | "bronze">): AsyncGenerator<BronzeRows> {
  for (const dataset of [...DATASETS, null]) {
    const url = `s3://${bronze}/${dataset ?? "quarantine"}/`;
    let gathered = new Map<string, number[]>();
    let count = 0;
    const all = (): BronzeRows[] => [...gathered].map(([fileId, places]) => ({ fileId, dataset, places }));
    for await (const row of eachRow(ctx, url, ["file_id", "line", "entry"])) {
      const fileId = String(row["file_id"] ?? "");
      const places = gathered.get(fileId) ?? [];
      gathered.set(fileId, places);
      if (dataset !== null) places.push(Number(row["line"] ?? 0), Number(row["entry"] ?? 0));
      if (++count % GATHERED !== 0) continue;
      yield* all();
      gathered = new Map();
    }
    yield* all();
  }
}

/** What the Bronze tables hold of some files. */
export class Bronze {
  readonly files = new Map<string, Counts>();
  readonly times: BronzeTimes;
  /** Files with rows of one place that are there twice. */
  readonly twice = new Set<string>();
  total = 0;
  readonly #met = new Set<string>();

  constructor(bucket: string) {
    this.times = new BronzeTimes(bucket);
  }

  add({ fileId, dataset, places }: BronzeRows): void {
    this.times.add(fileId);
    if (dataset === null) return;
    const counted = this.files.get(fileId) ?? { patient: 0, encounter: 0, condition: 0 };
    this.files.set(fileId, counted);
    for (let at = 0; at < places.length; at += 2) {
      // Hudi keeps keys unique; this is the proof.
      const place = `${fileId}#${dataset}#${places[at]}#${places[at + 1]}`;
      if (this.#met.has(place)) this.twice.add(fileId);
      this.#met.add(place);
      counted[dataset]++;
      this.total++;
    }
  }
}
