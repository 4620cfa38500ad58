import type { AwsContext } from "../aws/context.ts";
import { type Denial, denialIn } from "./denial.ts";

/**
 * The last right that the function's role missed since then, from the function's log. One call; a log that is not there or
 * may not be read tells nothing: this explains a failure that is told anyway.
 */
export async function functionDenied(ctx: AwsContext, name: string, sinceMs: number): Promise<Denial | undefined> {
  const logs = await ctx.clients.logs();
  const answer = await logs
    .filterLogEvents({
      logGroupName: `/aws/lambda/${name}`,
      startTime: sinceMs,
      filterPattern: '"is not authorized to perform"',
      limit: 100,
    })
    .catch(() => undefined);
  return denialIn((answer?.events ?? []).map((event) => event.message ?? "").reverse());
}
