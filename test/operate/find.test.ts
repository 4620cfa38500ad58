import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inTable } from "../../src/operate/hudi/find.ts";
import { parquetOf } from "./parquet.ts";
import { awsError, diskS3, stubContext } from "./support.ts";

const T1 = "20240101000000001";
const T2 = "20240102000000002";
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "metriccare-find-"));
  const rows = Array.from({ length: 5_000 }, (_, at) => ({ id: `i${at}`, more: { names: [`n${at}`], since: null } }));
  const shape = { id: "text", more: { names: ["text"], since: "day" } } as const;
  mkdirSync(join(root, "b/t/.hoodie"), { recursive: true });
  writeFileSync(join(root, `b/t/f-0_0-1-1_${T1}.parquet`), parquetOf(shape, rows));
  writeFileSync(join(root, `b/t/.hoodie/${T1}.commit`), JSON.stringify({ extraMetadata: { "metriccare.a": "old" } }));
  writeFileSync(join(root, `b/t/.hoodie/${T2}.commit`), JSON.stringify({ extraMetadata: { "metriccare.b": "new" } }));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const found = (wanted: readonly string[], s3 = diskS3(root)) =>
  inTable(stubContext({ s3 }), "s3://b/t/", (table) => table.rows(["id"], ({ id }) => wanted.includes(String(id))));

test("a few rows come whole, near to each other and far apart, and no others", async () => {
  const rows = await found(["i0", "i7", "i4500", "i4999", "nobody"]);
  expect(rows?.map(({ id, more }) => [id, more])).toEqual(
    [0, 7, 4500, 4999].map((at) => [`i${at}`, { names: [`n${at}`], since: null }]),
  );
  expect(await found([])).toEqual([]);
});

test("only the newest commit says what the table stands on", async () => {
  const told = await inTable(stubContext({ s3: diskS3(root) }), "s3://b/t/", async (table) => [
    table.instant,
    await table.said("a"),
    await table.said("b"),
  ]);
  expect(told).toEqual([T2, undefined, "new"]);
  mkdirSync(join(root, "b/none"));
  expect(await inTable(stubContext({ s3: diskS3(root) }), "s3://b/none/", async () => 1)).toBeUndefined();
});

test("where a cleaner takes a file away it looks anew, and not for ever", async () => {
  const disk = diskS3(root);
  const gone = (times: number) => ({
    ...disk,
    getObject: (input: never): unknown => {
      if ((input as { Key: string }).Key.endsWith(".parquet") && times-- > 0) throw awsError("NoSuchKey", "gone", 404);
      return disk["getObject"]?.(input);
    },
  });
  expect(await found(["i7"], gone(2))).toHaveLength(1);
  await expect(found(["i7"], gone(9))).rejects.toMatchObject({ code: "table_is_written" });
});
