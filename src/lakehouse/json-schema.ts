import { z } from "zod";
import { lakehouseSchema } from "./schema.ts";

type Json = Record<string, unknown>;

/** Takes `required` out everywhere: an overlay says only what differs. */
function loosened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      // A property of that name is a map, the keyword is a list.
      .filter(([key, inner]) => !(key === "required" && Array.isArray(inner)))
      .map(([key, inner]) => [key, loosened(inner)]),
  );
}

/** Where a text must look some way, `${…}` may stand for one that does; ids (`propertyNames`) stay as they are. */
function withTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === "pattern" && typeof inner === "string") return [key, `(?:${inner})|\\$\\{`];
      return [key, key === "propertyNames" ? inner : withTexts(inner)];
    }),
  );
}

/** JSON schemas for editors, by file name in `config/`: of the base, and of an environment's overlay. */
export function jsonSchemas(): Readonly<Record<string, Json>> {
  const made = z.toJSONSchema(lakehouseSchema, { target: "draft-7", io: "input", unrepresentable: "any" });
  const base = withTexts(made) as Json;
  return {
    "lakehouse.schema.json": { title: "MetricCare lakehouse", ...base },
    "environment.schema.json": { title: "MetricCare environment", ...(loosened(base) as Json) },
  };
}

/** Their text as it stands in the files. */
export const jsonSchemaText = (schema: Json): string => `${JSON.stringify(schema, null, 2)}\n`;
