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

/** JSON schemas for editors, by file name in `config/`: of the base, and of an environment's overlay. */
export function jsonSchemas(): Readonly<Record<string, Json>> {
  const base = z.toJSONSchema(lakehouseSchema, { target: "draft-7", io: "input", unrepresentable: "any" }) as Json;
  return {
    "lakehouse.schema.json": { title: "MetricCare lakehouse", ...base },
    "environment.schema.json": { title: "MetricCare environment", ...(loosened(base) as Json) },
  };
}

/** Their text as it stands in the files. */
export const jsonSchemaText = (schema: Json): string => `${JSON.stringify(schema, null, 2)}\n`;
