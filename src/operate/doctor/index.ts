import type { AwsContext } from "../../aws/context.ts";
import type { Check, Wiring } from "./check.ts";
import { eventChecks, functionChecks, ledgerChecks, permissionChecks } from "./files.ts";
import { furtherFunctionChecks } from "./further.ts";
import { furtherWorkflowChecks, jobChecks, workflowChecks } from "./jobs.ts";
import { placeChecks } from "./place.ts";
import { queueChecks } from "./queue.ts";
import { roleChecks } from "./rights.ts";
import { ruleChecks, topicChecks } from "./rules.ts";

export { type Check, type Wiring, wired } from "./check.ts";

/** Looks at every hop of the pipeline, in the order that a file and its alerts take. Only reads. */
export async function* doctor(ctx: AwsContext, wiring: Wiring): AsyncGenerator<Check> {
  const place = await placeChecks(ctx);
  yield* place;
  // Without credentials every other answer would be the same one.
  if (place.some((check) => !check.ok && check.check === "credentials")) return;
  const hops = [
    eventChecks(ctx, wiring),
    permissionChecks(ctx, wiring),
    functionChecks(ctx, wiring),
    roleChecks(ctx, wiring),
    ledgerChecks(ctx, wiring),
    queueChecks(ctx, wiring),
    workflowChecks(ctx, wiring),
    furtherFunctionChecks(ctx, wiring),
    furtherWorkflowChecks(ctx, wiring),
    jobChecks(ctx, wiring),
    ruleChecks(ctx, wiring),
    topicChecks(ctx, wiring),
  ];
  // All look at once; each is waited for in its turn, and a failure is not left without somebody to hear of it.
  for (const hop of hops) hop.catch(() => undefined);
  for (const hop of hops) yield* await hop;
}
