import type { Clients } from "../../aws/clients.ts";
import type { AwsContext } from "../../aws/context.ts";
import { bad, type Check, good, looked } from "./check.ts";
import { stsClient } from "../../aws/clients.ts";

/** AWS refuses signatures that are five minutes off (S3: fifteen). */
const SKEW_ERROR_MS = 5 * 60_000;
const SKEW_WARNING_MS = 60_000;

/** Structural slice of the SDK's middleware stack. */
interface Stack {
  add(middleware: unknown, options: object): void;
}

/** Who we are, and what time it is there: one call answers both. */
async function identity(
  ctx: AwsContext,
): Promise<{ account: string; arn: string; date: string | undefined; at: number }> {
  const sts = await ctx.clients.of(stsClient);
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const command = new GetCallerIdentityCommand({});
  let date: string | undefined;
  let at = ctx.clock.now();
  (command.middlewareStack as unknown as Stack).add(
    (next: (args: unknown) => Promise<{ response?: { headers?: Record<string, string> } }>) =>
      async (args: unknown) => {
        const sent = ctx.clock.now();
        const answer = await next(args);
        date = answer.response?.headers?.["date"] ?? answer.response?.headers?.["Date"];
        // The middle of the round trip: the answer was dated somewhere in it.
        at = (sent + ctx.clock.now()) / 2;
        return answer;
      },
    { step: "deserialize", name: "metriccareDate", priority: "low" },
  );
  const { Account = "", Arn = "" } = await sts.send(command);
  return { account: Account, arn: Arn, date, at };
}

function clockCheck(date: string | undefined, at: number): Check {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return good("clock", "AWS did not say what time it is");
  // The header has whole seconds: half a second is added for the middle of it.
  const skew = Math.round((at - theirs - 500) / 1000);
  const text = Math.abs(skew) <= 1 ? "in step with AWS" : `${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} AWS`;
  const fix = "set this machine's clock (NTP): AWS refuses requests that are five minutes off";
  if (Math.abs(skew) * 1000 >= SKEW_ERROR_MS) return bad("clock", text, fix);
  return Math.abs(skew) * 1000 >= SKEW_WARNING_MS ? bad("clock", text, fix, "warning") : good("clock", text);
}

async function arnAndOrigin(ctx: AwsContext, arn: string): Promise<string> {
  const origin = await ctx.clients.origin();
  return origin === undefined ? arn : `${arn} (${origin})`;
}

/**
 * Which way calls take, where it is not simply a direct line: a proxy, authorities, FIPS or dual-stack endpoints. Known without
 * a call, so it can be told before the first one fails on that way.
 */
export async function networkChecks(clients: Clients): Promise<readonly Check[]> {
  const way = await clients.way();
  return way.map((text) => good("network", text));
}

/** Credentials, account, region, clock. */
export async function placeChecks(ctx: AwsContext): Promise<readonly Check[]> {
  return looked(ctx, "credentials", "", async () => {
    const who = await identity(ctx);
    const where = ctx.target.endpoint ? ` at ${ctx.target.endpoint}` : "";
    return [
      who.account === ctx.account
        ? good("credentials", await arnAndOrigin(ctx, who.arn))
        : bad(
            "credentials",
            `they belong to account ${who.account}, not ${ctx.account}`,
            "choose others (AWS_PROFILE)",
          ),
      good("region", `${ctx.region}${where}`),
      clockCheck(who.date, who.at),
    ];
  });
}
