import type { AwsContext } from "../aws/context.ts";
import type { AnyKind } from "../engine/types.ts";
import { dynamodb } from "./dynamodb/index.ts";
import { events } from "./events/index.ts";
import { glue } from "./glue/index.ts";
import { iam } from "./iam/index.ts";
import { lambda } from "./lambda/index.ts";
import { logs } from "./logs/index.ts";
import { s3 } from "./s3/index.ts";
import { scheduler } from "./scheduler/index.ts";
import type { AnyService, EntriesOf, Section } from "./service.ts";
import { sns } from "./sns/index.ts";
import { sqs } from "./sqs/index.ts";

/** Every AWS service that metriccare knows. A new one is a folder and a line here. */
const all = [s3, iam, logs, lambda, dynamodb, glue, sqs, sns, events, scheduler] as const;

/** Hands each service its own entries only, which is why its types may be forgotten here. */
export const services = all as unknown as readonly AnyService[];

type Each<T> = T extends { readonly sections: infer S extends Readonly<Record<string, Section>> }
  ? EntriesOf<S>
  : never;
type Both<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/** The plain config: what services take, section by section, with everything written out. */
export type Plain = Both<Each<(typeof all)[number]>>;

/** Every section by its key, and what stands inside of sections. */
export const sections: Readonly<Record<string, Section>> = Object.assign(
  {},
  ...services.map((one) => ({ ...one.sections, ...one.inner })),
);

/** Every kind of resource. */
export const kinds: readonly AnyKind<AwsContext>[] = services.flatMap((one) => one.kinds);
