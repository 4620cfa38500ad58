import { z } from "zod";

/** What a text of the config refers to. */
export interface Reference {
  readonly section: string;
  /** The AWS service that takes a role on when it is used here: it follows into trust and iam:PassRole. */
  readonly passedTo?: string;
  /** AWS takes a name too: a name that is no id is then something that is not ours. */
  readonly byName?: boolean;
}

const references = z.registry<Reference>();

/** The id of an entry, or the ARN of something that is not ours. */
export function reference(section: string, more: Omit<Reference, "section"> = {}): z.ZodString {
  const schema = z.string().min(1);
  references.add(schema, { section, ...more });
  return schema;
}

/** What texts of that schema refer to; undefined for every other schema. */
export const referenceOf = (schema: z.core.$ZodType): Reference | undefined =>
  schema instanceof z.ZodType ? references.get(schema) : undefined;

/** A reference that stands in a config. */
export interface Referred extends Reference {
  readonly path: readonly (string | number)[];
  readonly value: string;
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly keyType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

// The parts of zod's own definition that a value can lead through; zod types them by schema class.
const definition = (schema: z.core.$ZodType): Definition => schema._zod.def as unknown as Definition;

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Every reference in a value that the schema has parsed, in the order of its keys. */
export function referencesIn(schema: z.core.$ZodType, value: unknown, path: Referred["path"] = []): Referred[] {
  if (value === undefined || value === null) return [];
  const meta = referenceOf(schema);
  if (meta) return typeof value === "string" ? [{ ...meta, path, value }] : [];
  const def = definition(schema);
  if (def.innerType) return referencesIn(def.innerType, value, path);
  if (def.type === "pipe" && def.in) return referencesIn(def.in, value, path);
  if (def.options) return inUnion(def.options, value, path);
  if (def.element && Array.isArray(value))
    return value.flatMap((one, i) => referencesIn(def.element as z.core.$ZodType, one, [...path, i]));
  if (!isMap(value)) return [];
  if (def.shape)
    return Object.entries(def.shape).flatMap(([key, inner]) => referencesIn(inner, value[key], [...path, key]));
  if (def.valueType)
    return Object.entries(value).flatMap(([key, one]) =>
      referencesIn(def.valueType as z.core.$ZodType, one, [...path, key]),
    );
  return [];
}

/** The form of a union that the value has. */
function inUnion(options: readonly z.core.$ZodType[], value: unknown, path: Referred["path"]): Referred[] {
  const fits = options.find((option) => z.safeParse(option, value).success);
  return fits ? referencesIn(fits, value, path) : [];
}
