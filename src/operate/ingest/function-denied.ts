import type { AwsContext } from "../../aws/context.ts";
import { type Denial, denialIn } from "../runs/denial.ts";
import { logsClient } from "../../services/logs/client.ts";

/** Pages of the log that are asked for: the filter passes few lines, but AWS answers empty pages before the one with them. */
const PAGES = 5;

/**
 * The last right that the function's role missed since then, from the function's log. One call as a rule, five at most; a
 * log that is not there or may not be read tells nothing: this explains a failure that is told anyway.
 */
export async function functionDenied(ctx: AwsContext, name: string, sinceMs: number): Promise<Denial | undefined> {
  const logs = await ctx.clients.of(logsClient);
  const messages: string[] = [];
  let nextToken: string | undefined;
  try {
    for (let page = 0; page < PAGES; page++) {
      const answer = await logs.filterLogEvents({
        logGroupName: `/aws/lambda/${name}`,
        startTime: sinceMs,
        filterPattern: '"is not authorized to perform"',
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      messages.push(...(answer.events ?? []).map((event) => event.message ?? ""));
      nextToken = answer.nextToken;
      if (nextToken === undefined) break;
    }
  } catch {
    // What was read before counts.
  }
  return denialIn(messages.reverse());
}
