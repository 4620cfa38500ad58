import type { Job, JobUpdate } from "@aws-sdk/client-glue";
import type { z } from "zod";
import type { AwsContext } from "../../aws/context.ts";
import type { FieldRule } from "../../engine/types.ts";
import type { Build } from "../build.ts";
import type { TerraformArgument } from "../coverage.ts";
import { given } from "../kit.ts";

/** All that is to say of one attribute of a job: the row that whoever adds one writes. */
interface Row<W extends string, S extends z.ZodType, P extends string, V, F extends keyof Job> {
  /** The config's key, and its schema with the text that documents show. */
  readonly word: W;
  readonly schema: S;
  /** The prop that plans compare. */
  readonly prop: P;
  /** AWS's field, in the drawer `managed`. */
  readonly field: F;
  /** The argument of Terraform's `aws_glue_job`; several, where the key has keys. Absent: Terraform has none. */
  readonly terraform?: string | Readonly<Record<string, TerraformArgument>>;
  /** How it is compared, and what AWS has where nobody set it. Default: deep equality. */
  readonly rule?: FieldRule;
  /** The prop of what the config says; undefined where it says nothing that is managed. */
  readonly of: (said: z.output<S>, build: Build) => NoInfer<V>;
  /** The prop of what AWS has; undefined where it has nothing. */
  readonly read: (job: Job, ctx: AwsContext) => V;
  /** The prop as AWS takes it. */
  readonly send: (value: NoInfer<Exclude<V, undefined>>, command: string) => JobUpdate;
  /** UpdateJob replaces the whole job: whether what the config does not say is sent along as it is. */
  readonly keep?: (now: Job, command: string) => boolean;
}

/** A row with the steps that follow from it, each typed by its word and its prop. */
export const attribute = <W extends string, S extends z.ZodType, P extends string, V, F extends keyof Job>(
  row: Row<W, S, P, V, F>,
) => ({
  ...row,
  words: given(row.word, row.schema),
  drawer: given(row.field, "managed" as const),
  rules: given(row.prop, row.rule),
  declared: (entry: { readonly [K in W]: z.output<S> }, build: Build) =>
    given(row.prop, row.of(entry[row.word], build)),
  live: (job: Job, ctx: AwsContext) => given(row.prop, row.read(job, ctx)),
  sent: (props: { readonly [K in P]?: V }, command: string): JobUpdate => {
    const value: V | undefined = props[row.prop];
    return isSet(value) ? row.send(value, command) : {};
  },
  kept: (now: Job, command: string): JobUpdate => (row.keep?.(now, command) ? given(row.field, now[row.field]) : {}),
});

const isSet = <V>(value: V | undefined): value is Exclude<V, undefined> => value !== undefined;

/** Parts that make up a whole. */
export const merged = <T extends object>(parts: readonly Partial<T>[]): T => Object.assign({}, ...parts);
