import { z } from "zod";
import type { AwsContext } from "../aws/context.ts";
import type { AnyKind } from "../engine/types.ts";
import { list } from "./list.ts";
import { idSchema } from "./parts.ts";
import type { AnyService, EntriesOf, Section } from "./service.ts";

/** Hands each service its own entries only, which is why its types may be forgotten here. */
export const services = list as unknown as readonly AnyService[];

type Listed = (typeof list)[number];
type SectionsOf<T> = T extends { readonly sections: infer S extends Readonly<Record<string, Section>> } ? S : never;
type Both<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type All = Both<SectionsOf<Listed>>;

/** The plain config: what services take, section by section, with everything written out. */
export type Plain = EntriesOf<{ readonly [K in keyof All]: Extract<All[K], Section> }>;

/** Every section by its key, and what stands inside of sections. */
export const sections: Readonly<Record<string, Section>> = Object.assign(
  {},
  ...services.map((one) => ({ ...one.sections, ...one.inner })),
);

/** Every kind of resource. */
export const kinds: readonly AnyKind<AwsContext>[] = services.flatMap((one) => one.kinds);

/** Loads what each of them is asked with, one at a time: for the time in which something else is waited for. */
export const clientLoads: readonly (() => Promise<unknown>)[] = services.map(({ client }) => client.load);

/** A section as it stands in the config: entries by id. */
type Written<S> = S extends Section ? z.ZodDefault<z.ZodRecord<typeof idSchema, S["schema"]>> : never;

const writtenOf = ([key, { schema, about }]: readonly [string, Section]) => [
  key,
  z.record(idSchema, schema).default({}).describe(about),
];

/** Every section as a key of the config. */
export const shape: { readonly [K in keyof All]: Written<All[K]> } = Object.assign(
  {},
  ...services.map((one) => Object.fromEntries(Object.entries(one.sections).map(writtenOf))),
);
