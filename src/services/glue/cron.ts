import { CronError, parseCron } from "../../aws/cron.ts";

/** What is wrong with an AWS cron expression (`cron(15 12 * * ? *)`), or undefined. */
export function cronProblem(expression: string): string | undefined {
  try {
    parseCron(expression);
    return undefined;
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
}

/** What is wrong with a schedule of an EventBridge rule, `rate(…)` or `cron(…)`, or undefined. */
export function scheduleProblem(expression: string): string | undefined {
  if (expression.startsWith("cron(")) return cronProblem(expression);
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count === undefined || Number(count) === 0) return "AWS wants rate(1 hour), rate(5 minutes) or cron(0 6 * * ? *)";
  // AWS refuses `rate(1 hours)` and `rate(2 hour)`.
  const right = `rate(${count} ${unit}${count === "1" ? "" : "s"})`;
  return expression === right ? undefined : `AWS writes it ${right}`;
}
