import type { AwsContext } from "../../aws/context.ts";
import { undelivered } from "../undelivered.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";
import { refusal } from "./policy.ts";

const ID = "undelivered";

/** The queue of what the function could not record: there, open for the rules, and what lies in it. */
export async function queueChecks(ctx: AwsContext, wiring: Wiring): Promise<readonly Check[]> {
  const queue = wiring.outputs.queues[ID];
  if (!queue) return [];
  const label = `queue ${queue.name}`;
  return looked(ctx, label, "sqs", async () => {
    const held = await undelivered(ctx, queue.name);
    return [...contents(label, wiring, held), ...letters(ctx, wiring, queue.arn, held.policy)];
  });
}

function contents(
  label: string,
  { rules }: Wiring,
  { waiting, hidden }: { readonly waiting: number; readonly hidden: number },
): readonly Check[] {
  const looks = Object.values(rules).some(
    (rule) => rule.enabled && rule.schedule !== undefined && rule.targets.includes("function"),
  );
  const aside = hidden > 0 ? `; ${hidden} being taken up, or set aside because nobody can read them` : "";
  if (waiting === 0) return [good(label, `nothing waits${aside}`)];
  const text = `${waiting} message${waiting === 1 ? "" : "s"} of files or runs still to be recorded${aside}`;
  return looks
    ? [bad(label, text, "nothing to do: the function takes them up when its schedule calls it", "warning")]
    : [bad(label, text, "declare a rule with a schedule whose target is the function: it takes them up")];
}

/** A rule leaves there what it could not deliver; SQS has to let it. */
function letters(
  ctx: AwsContext,
  { rules, outputs }: Wiring,
  resource: string,
  policy: string | undefined,
): readonly Check[] {
  return Object.entries(rules).flatMap(([id, { targets }]): Check[] => {
    const rule = outputs.rules[id];
    // Targets of the pipeline's own leave there what could not be delivered; others name a queue of their own, or none.
    if (!rule || !targets.some((target) => target === "function" || target === "alerts")) return [];
    const why = refusal(policy, {
      service: "events.amazonaws.com",
      action: "sqs:SendMessage",
      resource,
      context: { "aws:sourcearn": rule.arn, "aws:sourceaccount": ctx.account, "aws:securetransport": "true" },
    });
    const check = `what rule ${rule.name} cannot deliver`;
    return [why ? bad(check, why, applyFix(ctx, "sqs")) : good(check, "goes to the queue")];
  });
}
