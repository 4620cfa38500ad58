/** Rows as a Parquet file: a column a key, in the order in which the keys come, null where a row has none. */
export async function parquetOf(rows: readonly object[], first: readonly string[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const records = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  const names = [...new Set([...first, ...records.flatMap((record) => [...record.keys()])])];
  const columnData = names.map((name) => {
    const values = records.map((record) => record.get(name) ?? null);
    const type = TYPES[name] ?? "STRING";
    const data = type === "INT64" ? values.map((value) => (typeof value === "number" ? BigInt(value) : null)) : values;
    return { name, data, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

type ColumnType = "INT64" | "DOUBLE" | "BOOLEAN" | "STRING";

/** By the column's name alone: files of different days, or without rows, have the same types. All others are text. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  numerator: "INT64",
  denominator: "INT64",
  rate: "DOUBLE",
  suppressed: "BOOLEAN",
  stale: "BOOLEAN",
};
