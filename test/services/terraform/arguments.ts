import type { z } from "zod";
import type { TerraformCoverage } from "../../../src/services/coverage.ts";

const defOf = (schema: z.core.$ZodType): Record<string, unknown> => ({ ...schema._zod.def });

/** What a schema is once defaults, options, unions and so on are taken off: every schema that a value may meet. */
function bare(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = defOf(schema);
  const inner = def["innerType"] ?? def["in"];
  if (inner) return bare(inner as z.core.$ZodType);
  if (Array.isArray(def["options"])) return (def["options"] as z.core.$ZodType[]).flatMap(bare);
  return [schema];
}

function below(schema: z.core.$ZodType, part: string): z.core.$ZodType[] {
  return bare(schema).flatMap((one): z.core.$ZodType[] => {
    const def = defOf(one);
    if (part === "[]") return def["element"] ? [def["element"] as z.core.$ZodType] : [];
    const own = (def["shape"] as Record<string, z.core.$ZodType> | undefined)?.[part];
    if (own) return [own];
    return def["valueType"] ? [def["valueType"] as z.core.$ZodType] : [];
  });
}

/** Whether a path of the config (`jobs.<id>.command`, `actions[].job`) leads anywhere in its schema. */
export function leadsSomewhere(schema: z.core.$ZodType, path: string): boolean {
  const parts = path.split(".").flatMap((part) => (part.endsWith("[]") ? [part.slice(0, -2), "[]"] : [part]));
  let at = [schema];
  for (const part of parts) at = at.flatMap((one) => below(one, part));
  return at.length > 0;
}

const NOT_YET = /not yet|todo|later|planned|for now|not supported|unsupported|not implemented|no need/i;

/** What is wrong with one resource's table, given the provider's own list of arguments. */
export function problemsOf(
  root: z.core.$ZodType,
  { resource, section, arguments: known }: TerraformCoverage,
  listed: readonly string[],
): string[] {
  return [
    ...listed.filter((name) => !Object.hasOwn(known, name)).map((name) => `${resource}.${name}: nobody says where`),
    ...Object.keys(known)
      .filter((name) => !listed.includes(name))
      .map((name) => `${resource}.${name}: the provider has no such argument`),
    ...Object.entries(known).flatMap(([name, place]) => {
      if (typeof place !== "string")
        return place.ignored.length < 15 || NOT_YET.test(place.ignored) ? [`${resource}.${name}: no reason`] : [];
      const path = place.startsWith("/") ? place.slice(1) : `${section}.${place}`;
      return leadsSomewhere(root, path) ? [] : [`${resource}.${name}: the config has no ${path}`];
    }),
  ];
}
