import type { AwsContext } from "../../aws/context.ts";
import { type AnyKind, anyKind } from "../../engine/types.ts";
import { database } from "./database.ts";
import { job } from "./job.ts";
import { trigger } from "./trigger.ts";
import { workflow } from "./workflow.ts";

/** The kinds of AWS Glue. */
export const glueKinds: readonly AnyKind<AwsContext>[] = [
  anyKind(database),
  anyKind(job),
  anyKind(workflow),
  anyKind(trigger),
];
