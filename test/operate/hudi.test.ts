import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eachRow, readHudiTable } from "../../src/operate/hudi/read.ts";
import { committedFiles, dataFile, replacedBy, timelineOf, withoutReplaced } from "../../src/operate/hudi/timeline.ts";
import { readMeasures } from "../../src/operate/measures/read.ts";
import { profileTables } from "../../src/operate/profile/index.ts";
import { awsError, collect, diskS3, stubContext } from "./support.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const expected = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8")) as Record<
  string,
  Record<string, unknown>[]
>;
const sorted = (rows: readonly object[]): string[] =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.fromEntries(
          Object.entries(row)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, v instanceof Date ? v.toISOString().slice(0, 10) : (v ?? null)]),
        ),
      ),
    )
    .sort();

describe("tables that Spark and Hudi 0.15 wrote", () => {
  // daily: partitions, insert_overwrite of one, archived commits whose files live on. gold_often: replaced, cleaned, archived.
  // gold_twice: also a data file of a write that never ended. upserts: new versions of a file group, deletes.
  test.each(Object.keys(expected))("%s reads as Spark reads it", async (name) => {
    const ctx = stubContext({ s3: diskS3(fixtures) });
    const table = await readHudiTable(ctx, `s3://hudi/${name}/`);
    expect(sorted(table?.rows ?? [])).toEqual(sorted(expected[name] ?? []));
  });

  test.each(Object.keys(expected))("%s reads the same row by row", async (name) => {
    const columns = Object.keys(expected[name]?.[0] ?? {});
    const rows = await collect(eachRow(stubContext({ s3: diskS3(fixtures) }), `s3://hudi/${name}/`, columns));
    expect(sorted(rows)).toEqual(sorted(expected[name] ?? []));
    expect(rows.length).toBeGreaterThan(0);
  });

  test("a table that is overwritten each time costs one look at its newest commit, however long its history", async () => {
    const ctx = stubContext({ s3: diskS3(fixtures) });
    await readHudiTable(ctx, "s3://hudi/gold_often/");
    // One replacecommit and one data file.
    expect(ctx.calls.entries.filter((call) => call.operation === "getObject")).toHaveLength(2);
  });

  test("what is not there is not a table", async () => {
    expect(await readHudiTable(stubContext({ s3: diskS3(fixtures) }), "s3://hudi/nothing/")).toBeUndefined();
  });

  test("a column list leaves the rest unread", async () => {
    const table = await readHudiTable(stubContext({ s3: diskS3(fixtures) }), "s3://hudi/upserts", ["id"]);
    expect(table?.rows.every((row) => Object.keys(row).join() === "id")).toBe(true);
  });
});

describe("timeline", () => {
  test("requested and inflight instants do not count", () => {
    const timeline = timelineOf([
      ".hoodie/20240101000000000.commit",
      ".hoodie/20240102000000000.inflight",
      ".hoodie/20240103000000000.commit.requested",
      ".hoodie/20240104000000000.clean",
    ]);
    expect(timeline.completed.map((instant) => instant.time)).toEqual(["20240101000000000"]);
  });

  test("files older than the active timeline were committed; younger ones without a commit were not", () => {
    const timeline = timelineOf([".hoodie/20240105000000000.commit"]);
    const files = [
      "a-0_0-1-1_20240101000000000.parquet",
      "b-0_0-1-1_20240105000000000.parquet",
      "c-0_0-1-1_20240106000000000.parquet",
    ].flatMap((name) => dataFile("t/", `t/${name}`, 1) ?? []);
    expect(committedFiles(files, timeline).map((file) => file.fileId)).toEqual(["a-0", "b-0"]);
  });

  test("a file group that was replaced and then written again under its old id stays", () => {
    const old = dataFile("t/", "t/p/a-0_0-1-1_20240101000000000.parquet", 1);
    const young = dataFile("t/", "t/p/a-0_0-1-1_20240109000000000.parquet", 1);
    const replaced = replacedBy('{"partitionToReplaceFileIds":{"p":["a-0"]}}');
    expect(
      withoutReplaced(
        [old, young].flatMap((file) => file ?? []),
        "20240105000000000",
        replaced,
      ),
    ).toEqual([young]);
  });
});

describe("measures", () => {
  test("rows come sorted, small cells marked, 64-bit counts as numbers, missing tables named", async () => {
    const ctx = stubContext({ s3: diskS3(fixtures) });
    const found = await readMeasures(ctx, { bucket: "hudi", tables: ["gold_often", "nothing"] });
    expect(found.missing).toEqual(["nothing"]);
    expect(found.rows).toEqual([
      {
        measure: "hai",
        cohort: "all",
        facility: "all",
        period: "all",
        numerator: 8,
        denominator: 287,
        rate: expect.closeTo(27.87, 2),
        suppressed: true,
      },
      {
        measure: "hai",
        cohort: "all",
        facility: "Saint Ölé — 東京",
        period: "all",
        numerator: 3,
        denominator: 40,
        rate: 75,
        suppressed: true,
      },
      {
        measure: "hai",
        cohort: "all",
        facility: "all",
        period: "2023",
        numerator: 5_000_000_000,
        denominator: 6_000_000_000,
        rate: 833.3333,
      },
      {
        measure: "hai",
        cohort: "all",
        facility: "all",
        period: "2023-05",
        numerator: 1,
        denominator: 20,
        rate: 50,
        suppressed: true,
      },
      { measure: "hai", cohort: "age65plus", facility: "all", period: "all", numerator: 0, denominator: 0, rate: null },
    ]);
  });
});

describe("a cleaner that removes a file while it is read", () => {
  const gone = (times: number) => {
    const disk = diskS3(fixtures);
    let left = times;
    const getObject = (input: never): unknown => {
      if ((input as { Key: string }).Key.endsWith(".parquet") && left-- > 0) throw awsError("NoSuchKey", "gone", 404);
      return disk["getObject"]?.(input);
    };
    return stubContext({ s3: { ...disk, getObject } });
  };
  const read = (times: number) => collect(eachRow(gone(times), "s3://hudi/upserts/", ["id"]));

  test("is looked for anew", async () => {
    expect((await read(2)).length).toBe(expected["upserts"]?.length);
  });

  test("that does not end is told as a run that writes", async () => {
    await expect(read(99)).rejects.toMatchObject({ code: "table_is_written", fix: "try again" });
    await expect(readHudiTable(gone(99), "s3://hudi/upserts/")).rejects.toMatchObject({ code: "table_is_written" });
  });

  test("a bucket that is not there is told at once", async () => {
    const ctx = stubContext({
      s3: {
        listObjectsV2: () => {
          throw awsError("NoSuchBucket", "none", 404);
        },
      },
    });
    await expect(profileTables(ctx, "bronze", { now: 0 })).rejects.toMatchObject({ code: "no_bucket" });
    expect(ctx.calls.entries).toHaveLength(1);
  });
});
