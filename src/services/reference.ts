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
export function referencesIn(schema: z.core.$ZodType, value: unknown): Referred[] {
  const search = new Search();
  search.look(schema, value, []);
  return search.found;
}

/** Schemas that a value of this one leads through. */
const innerOf = ({ innerType, type, in: from, options = [], element, shape = {}, valueType }: Definition) =>
  [innerType, type === "pipe" ? from : undefined, ...options, element, ...Object.values(shape), valueType].filter(
    (one) => one !== undefined,
  );

/** Most of a config's schema leads to no reference: that much of a value is not looked at, and no form of a union tried. */
class Search {
  readonly found: Referred[] = [];
  readonly #leads = new Map<z.core.$ZodType, boolean>();

  look(schema: z.core.$ZodType, value: unknown, path: Referred["path"]): void {
    if (value === undefined || value === null || !this.#leadsOn(schema)) return;
    const meta = referenceOf(schema);
    if (meta) {
      if (typeof value === "string") this.found.push({ ...meta, path, value });
      return;
    }
    const def = definition(schema);
    if (def.innerType) this.look(def.innerType, value, path);
    else if (def.type === "pipe" && def.in) this.look(def.in, value, path);
    else if (def.options) this.#inUnion(def.options, value, path);
    else if (Array.isArray(value)) {
      for (const [at, one] of value.entries()) if (def.element) this.look(def.element, one, [...path, at]);
    } else if (isMap(value)) this.#inMap(def, value, path);
  }

  #leadsOn(schema: z.core.$ZodType): boolean {
    const known = this.#leads.get(schema);
    if (known !== undefined) return known;
    // A schema within itself may lead anywhere: it is looked through.
    this.#leads.set(schema, true);
    const leads = referenceOf(schema) !== undefined || innerOf(definition(schema)).some((one) => this.#leadsOn(one));
    this.#leads.set(schema, leads);
    return leads;
  }

  #inMap({ shape, valueType }: Definition, value: Readonly<Record<string, unknown>>, path: Referred["path"]): void {
    for (const key of Object.keys(shape ?? value)) {
      const inner = shape ? shape[key] : valueType;
      if (inner && value[key] !== undefined) this.look(inner, value[key], [...path, key]);
    }
  }

  /** The form of a union that the value has. */
  #inUnion(options: readonly z.core.$ZodType[], value: unknown, path: Referred["path"]): void {
    const fits = options.find((option) => z.safeParse(option, value).success);
    if (fits) this.look(fits, value, path);
  }
}
