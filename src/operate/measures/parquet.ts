/** Rows as a Parquet file: a column a key, in the order in which the keys come, null where a row has none. */
export async function parquetOf(rows: readonly object[], first: readonly string[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const records = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  const names = [...new Set([...first, ...records.flatMap((record) => [...record.keys()])])];
  const columnData = names.map((name) => {
    const values = records.map((record) => record.get(name) ?? null);
    const type = typeOf(name, values);
    const data = type === "INT64" ? values.map((value) => (typeof value === "number" ? BigInt(value) : null)) : values;
    return { name, data, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

/** Counts are whole numbers and rates are not, whatever a single table holds: its columns have one type at all times. */
function typeOf(name: string, values: readonly unknown[]): "INT64" | "DOUBLE" | "BOOLEAN" | "STRING" {
  if (name === "numerator" || name === "denominator") return "INT64";
  if (name === "rate" || values.some((value) => typeof value === "number")) return "DOUBLE";
  if (name === "suppressed" || values.some((value) => typeof value === "boolean")) return "BOOLEAN";
  return "STRING";
}
