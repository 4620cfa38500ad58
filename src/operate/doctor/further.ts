import type { AwsContext } from "../../aws/context.ts";
import { expand } from "../../lakehouse/expand.ts";
import { namesOf } from "../../lakehouse/naming.ts";
import type { Caller } from "../../services/build.ts";
import { services } from "../../services/index.ts";
import { lambdaClient } from "../../services/lambda/client.ts";
import { errorName } from "../problem.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";
import { refusal } from "./policy.ts";

/** Whoever calls a function by the config: buckets, rules, topics. */
function callersOf(ctx: AwsContext, { config }: Wiring): readonly Caller[] {
  const { named, has } = namesOf(config, ctx);
  const plain = expand(config, ctx);
  return services.flatMap((one) => one.calls?.(plain, { named, has, scope: ctx }) ?? []);
}

/** Further functions: there, ready, not switched off, and open to each that calls them. */
export async function furtherFunctionChecks(ctx: AwsContext, wiring: Wiring): Promise<readonly Check[]> {
  const { names, callers } = { names: namesOf(wiring.config, ctx), callers: callersOf(ctx, wiring) };
  const own = Object.entries(wiring.config.functions).filter(([, { existing }]) => existing === undefined);
  const all = await Promise.all(
    own.map(([id]) => {
      const { name, arn } = names.named("functions", id);
      const label = `function ${name}`;
      return looked(ctx, label, `lambda.function/${id}`, async () => [
        await stateCheck(ctx, label, id, name),
        ...(await callerChecks(ctx, label, id, { name, arn }, callers)),
      ]);
    }),
  );
  return all.flat();
}

async function stateCheck(ctx: AwsContext, label: string, id: string, FunctionName: string): Promise<Check> {
  const lambda = await ctx.clients.of(lambdaClient);
  const { Configuration: live, Concurrency } = await lambda.getFunction({ FunctionName });
  const fix = applyFix(ctx, `lambda.function/${id}`);
  // Emulators leave the state out; AWS always tells it. An inactive one wakes up on its next call.
  if (live?.State && live.State !== "Active" && live.State !== "Inactive")
    return bad(label, `it is ${live.State}${live.StateReason ? `: ${live.StateReason}` : ""}`, fix);
  if (live?.LastUpdateStatus === "Failed")
    return bad(label, `its last update failed: ${live.LastUpdateStatusReason ?? ""}`, fix);
  return Concurrency?.ReservedConcurrentExecutions === 0
    ? bad(label, "0 instances are reserved for it: it is never run", fix)
    : good(label, "active");
}

async function callerChecks(
  ctx: AwsContext,
  label: string,
  id: string,
  { name, arn }: { readonly name: string; readonly arn: string },
  callers: readonly Caller[],
): Promise<Check[]> {
  const mine = callers.filter((one) => one.section === "functions" && one.id === id);
  if (mine.length === 0) return [];
  const lambda = await ctx.clients.of(lambdaClient);
  const policy = await lambda.getPolicy({ FunctionName: name }).then(
    (answer) => answer.Policy,
    (error: unknown) => {
      if (errorName(error) === "ResourceNotFoundException") return undefined;
      throw error;
    },
  );
  return mine.map((caller) => {
    const why = refusal(policy, {
      service: caller.service,
      action: "lambda:InvokeFunction",
      resource: arn,
      context: { "aws:sourcearn": caller.arn, "aws:sourceaccount": ctx.account, "aws:securetransport": "true" },
    });
    const check = `${caller.arn.slice(caller.arn.lastIndexOf(":") + 1)} may call ${label}`;
    return why ? bad(check, why, applyFix(ctx, `lambda.function/${id}`)) : good(check, "allowed");
  });
}
