import type { Job, JobUpdate } from "@aws-sdk/client-glue";
import type { z } from "zod";
import type { AwsContext } from "../../aws/context.ts";
import type { FieldRule } from "../../engine/types.ts";
import type { Build } from "../build.ts";
import type { TerraformArgument } from "../coverage.ts";
import { merged } from "./attribute.ts";
import { ATTRIBUTES } from "./job-attributes.ts";

/** All that follows from the rows of `job-attributes.ts`: nobody else names an attribute of a job. */

type Attribute = (typeof ATTRIBUTES)[number];
type Both<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type Held<P extends string, V> = undefined extends V
  ? { readonly [K in P]?: Exclude<V, undefined> }
  : { readonly [K in P]: V };
type HeldBy<A> = A extends { readonly prop: infer P extends string; readonly read: (...all: never[]) => infer V }
  ? Held<P, V>
  : never;

/** What plans compare of a job. */
export type AttributeProps = Both<HeldBy<Attribute>>;

/** The config's keys. */
export const attributeWords = merged<{ readonly [A in Attribute as A["word"]]: A["schema"] }>(
  ATTRIBUTES.map(({ words }) => words),
);

type Whole = { readonly [A in Attribute as A["word"]]: z.output<A["schema"]> };
/** Keys that may be left out. */
type Unsaid = { readonly [A in Attribute as undefined extends z.output<A["schema"]> ? A["word"] : never]: undefined };
const UNSAID = merged<Unsaid>(ATTRIBUTES.map(({ word }) => ({ [word]: undefined })));

/** What the config says. */
export type AttributeEntry = Omit<Whole, keyof Unsaid> & Partial<Pick<Whole, keyof Unsaid>>;

/** AWS's fields that are declared. */
export const attributeFields = merged<{ readonly [A in Attribute as A["field"]]: "managed" }>(
  ATTRIBUTES.map(({ drawer }) => drawer),
);

/** How plans compare. */
export const attributeRules = merged<{ readonly [K in keyof AttributeProps]?: FieldRule }>(
  ATTRIBUTES.map(({ rules }) => rules),
);

/** Terraform's arguments, and the keys that say them. */
export const attributeArguments: Readonly<Record<string, TerraformArgument>> = Object.assign(
  {},
  ...ATTRIBUTES.map(({ word, terraform = {} }) => (typeof terraform === "string" ? { [terraform]: word } : terraform)),
);

/** The props of a config's entry. */
export function declaredAttributes(entry: AttributeEntry, build: Build): AttributeProps {
  const whole = { ...UNSAID, ...entry };
  return merged<AttributeProps>(ATTRIBUTES.map((one) => one.declared(whole, build)));
}

/** The props of what AWS has. */
export const liveAttributes = (job: Job, ctx: AwsContext): AttributeProps =>
  merged<AttributeProps>(ATTRIBUTES.map((one) => one.live(job, ctx)));

/** The command is said by several attributes. */
const joined = (all: JobUpdate, one: JobUpdate): JobUpdate => ({
  ...all,
  ...one,
  ...(all.Command && one.Command ? { Command: { ...all.Command, ...one.Command } } : {}),
});

/** What AWS is sent: all that the config says. */
export const sentAttributes = (props: AttributeProps): JobUpdate =>
  ATTRIBUTES.map((one) => one.sent(props, props.command)).reduce(joined, {});

/** What the config does not say and the last apply did not either, as AWS has it: UpdateJob replaces the whole job. */
export const keptAttributes = (now: Job, props: AttributeProps, changed: ReadonlySet<string>): JobUpdate =>
  ATTRIBUTES.filter(({ prop }) => props[prop] === undefined && !changed.has(prop))
    .map((one) => one.kept(now, props.command))
    .reduce(joined, {});
