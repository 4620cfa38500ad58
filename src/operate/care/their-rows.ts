import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { AwsContext } from "../../aws/context.ts";
import type { Imported } from "../ledger/fields.ts";
import { type Camel, camel } from "../ledger/item.ts";
import { isAbsent, OperateProblem } from "../problem.ts";
import { dynamodbClient } from "../../services/dynamodb/client.ts";

/** Field → one of their attributes (`filename`), or a text with attributes in it (`fhir/{dataset}/{filename}`). */
export type ImportMap = Readonly<Partial<Record<Imported, string>>>;

type TheirFields = Partial<Record<Camel<Imported>, string>>;

/** A row of theirs, by our fields; what is not mapped, or not there, is absent. */
export interface TheirRow {
  readonly fields: Readonly<TheirFields>;
  /** Its key with their values cut to a letter: values may hold names. */
  readonly example: string;
}

type Row = Readonly<Record<string, AttributeValue>>;

/** Attributes that a mapped text names. */
export const attributesIn = (text: string): string[] =>
  text.includes("{") ? [...text.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]) => name) : [text];

/** Text or number as text; other types are no part of a key. */
const plain = (value: AttributeValue | undefined): string | undefined => value?.S ?? value?.N;

/** A mapped text with a row's values in it; undefined when one of them is not there. */
function filledWith(text: string, row: Row, shown: (value: string) => string): string | undefined {
  const values = new Map(attributesIn(text).map((name) => [name, plain(row[name])]));
  if ([...values.values()].includes(undefined)) return undefined;
  const of = (name: string): string => shown(values.get(name) ?? "");
  return text.includes("{") ? text.replace(/\{([^{}]+)\}/g, (_, name: string) => of(name)) : of(text);
}

/** Spark names files by URL, and so do tables of what it has read: `s3://bucket/key`. */
function placeOf(key: string): { readonly bucket?: string; readonly key: string } {
  const [, bucket, rest] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(key) ?? [];
  return bucket && rest ? { bucket, key: rest } : { key };
}

const asIs = (value: string): string => value;
const cut = (value: string): string => `${value.slice(0, 1)}…`;

/** A row by our fields; undefined when its key cannot be told. */
export function readRow(row: Row, map: ImportMap): TheirRow | undefined {
  const fields: TheirFields = Object.fromEntries(
    Object.entries(map).flatMap(([name, text]) => {
      const value = filledWith(text, row, asIs);
      return value === undefined ? [] : [[camel(name), value]];
    }),
  );
  if (!fields.key) return undefined;
  return { fields: { ...fields, ...placeOf(fields.key) }, example: filledWith(map.key ?? "", row, cut) ?? "" };
}

/** Whether a row is one of those that are wanted: `--where status=DONE`. */
export const isWantedRow = (row: Row, where: Readonly<Record<string, string>>): boolean =>
  Object.entries(where).every(([name, value]) => plain(row[name]) === value);

/** When it was processed, epoch ms: ISO-8601, or seconds or milliseconds since 1970. */
export function momentOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const number = Number(text);
  const ms = Number.isFinite(number) ? (number < 1e11 ? number * 1000 : number) : Date.parse(text);
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? ms : undefined;
}

/** Every row of a table, page by page. */
export async function* theirRows(ctx: AwsContext, table: string): AsyncGenerator<Row> {
  const dynamo = await ctx.clients.of(dynamodbClient);
  let from: Record<string, AttributeValue> | undefined;
  do {
    const start = from;
    const page = await dynamo
      .scan({ TableName: table, ...(start ? { ExclusiveStartKey: start } : {}) })
      .catch((error: unknown) => {
        throw isAbsent(error) ? noTable(ctx, table) : error;
      });
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from);
}

const noTable = (ctx: AwsContext, table: string): OperateProblem =>
  new OperateProblem(
    "no_table",
    `The table ${table} does not exist in ${ctx.account}, ${ctx.region}`,
    "give the name of the table that has the history, or its ARN",
    "user",
    table,
  );
