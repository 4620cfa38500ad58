import type { AwsContext } from "../../aws/context.ts";
import { targetsOf } from "../../lakehouse/check/loop.ts";
import { ruleOf } from "../../lakehouse/maps.ts";
import { targetArn } from "../../lakehouse/rules.ts";
import { onBus, ruleKey } from "../../services/events/bus.ts";
import { nobody } from "./alerts.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";
import { refusal } from "./policy.ts";
import { lockedByKey, readTopic } from "./subscribers.ts";
import { eventsClient } from "../../services/events/client.ts";

/** Rules: there, on, with their targets. */
export async function ruleChecks(ctx: AwsContext, { config, rules, outputs }: Wiring): Promise<readonly Check[]> {
  const all = await Promise.all(
    Object.entries(rules).map(([id, wanted]) => {
      const rule = outputs.rules[id];
      if (!rule) return [];
      const label = `rule ${rule.name}`;
      const fix = applyFix(ctx, `events.rule/${id}`);
      return looked(ctx, label, `events.rule/${id}`, async () => {
        const events = await ctx.clients.of(eventsClient);
        const { bus } = onBus(ruleKey(ctx, rule.name, wanted.bus));
        const [live, { Targets = [] }] = await Promise.all([
          events.describeRule({ Name: rule.name, ...bus }),
          events.listTargetsByRule({ Rule: rule.name, ...bus }),
        ]);
        if (wanted.enabled && !live.State?.startsWith("ENABLED")) return [bad(label, "it is disabled", fix)];
        if (!wanted.enabled)
          return [bad(label, "the config has it disabled", `rules.${ruleOf(config, id)}.enabled: true`, "warning")];
        const named = targetsOf(config, wanted).map((target) => targetArn(config, ctx, target));
        const missing = named.filter((arn) => !Targets.some((target) => target.Arn === arn));
        return missing.length > 0
          ? [bad(label, `it does not tell ${missing.join(", ")}`, fix)]
          : [good(label, `on, tells ${named.map((arn) => arn.slice(arn.lastIndexOf(":") + 1)).join(", ")}`)];
      });
    }),
  );
  return all.flat();
}

/** The topic lets the rules in, and somebody listens. */
export async function topicChecks(ctx: AwsContext, { rules, outputs }: Wiring): Promise<readonly Check[]> {
  const label = `topic ${outputs.topic.name}`;
  return looked(ctx, label, "sns", async () => {
    const topic = await readTopic(ctx, outputs.topic.arn);
    const locked = lockedByKey(topic);
    const checks: Check[] = locked
      ? [bad(label, locked, "use a key of your own whose policy lets EventBridge use it")]
      : [];
    for (const [id, rule] of Object.entries(rules)) {
      const live = outputs.rules[id];
      if (!live || !rule.targets.includes("alerts")) continue;
      const why = refusal(topic.policy, {
        service: "events.amazonaws.com",
        action: "sns:Publish",
        resource: outputs.topic.arn,
        context: { "aws:sourcearn": live.arn, "aws:sourceaccount": ctx.account, "aws:securetransport": "true" },
      });
      const check = `rule ${live.name} may publish`;
      checks.push(why ? bad(check, why, applyFix(ctx, "sns")) : good(check, "allowed"));
    }
    const told = topic.subscribers.filter((one) => one.confirmed && one.deaf === undefined);
    const pending = topic.subscribers.filter((one) => !one.confirmed);
    const check = "subscribers of the alerts";
    // Nobody at all is a choice (of a development environment); somebody who never hears is a fault.
    if (topic.subscribers.length === 0)
      checks.push(bad(check, nobody(topic), "name somebody under alerts.subscriptions in the config", "warning"));
    else if (told.length === 0) checks.push(bad(check, nobody(topic), "open the mail of AWS and follow its link"));
    else checks.push(good(check, told.map((one) => one.endpoint).join(", ")));
    if (pending.length > 0 && told.length > 0)
      checks.push(
        bad(
          "subscriptions that wait for their confirmation",
          pending.map((one) => one.endpoint).join(", "),
          "open the mail of AWS and follow its link",
          "warning",
        ),
      );
    return checks;
  });
}
