import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

/** Types of columns as Spark writes them: one in a list, a struct, or a plain one. */
export type Shape =
  "text" | "flag" | "int" | "long" | "day" | "time" | readonly [Shape] | { readonly [name: string]: Shape };

const PLAIN = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  flag: { type: "BOOLEAN" },
  int: { type: "INT32" },
  long: { type: "INT64" },
  day: { type: "INT32", converted_type: "DATE" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
} as const satisfies Record<string, Partial<SchemaElement>>;

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

function elements(name: string, shape: Shape): SchemaElement[] {
  if (typeof shape === "string") return [{ name, repetition_type: "OPTIONAL", ...PLAIN[shape] }];
  if (isList(shape))
    return [
      { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...elements("element", shape[0]),
    ];
  const members = Object.entries(shape);
  return [
    { name, repetition_type: "OPTIONAL", num_children: members.length },
    ...members.flatMap(([key, one]) => elements(key, one)),
  ];
}

/** The bytes of a data file with these columns; what a row has no value for is null. */
export function parquetOf(
  shape: Readonly<Record<string, Shape>>,
  rows: readonly Readonly<Record<string, unknown>>[],
): Uint8Array {
  const names = Object.keys(shape);
  const schema: SchemaElement[] = [
    { name: "root", num_children: names.length },
    ...names.flatMap((name) => elements(name, shape[name] ?? "text")),
  ];
  const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name] ?? null) }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}
