import type { AwsContext } from "../aws/context.ts";
import { Pace, persist, type Reconnecting } from "./pace.ts";
import { isAbsent } from "./problem.ts";
import { redact } from "./redact.ts";

export interface LogLine {
  readonly type: "log";
  /** `output` is what the script prints, `error` what Glue and Spark say. */
  readonly stream: "output" | "error";
  /** ISO-8601 UTC. */
  readonly at: string;
  readonly text: string;
}

/** Where a job run's lines are: both groups are shared by all jobs of the account, the stream is the job run's id. */
export interface LogPlace {
  readonly jobRunId: string;
  /** `/aws-glue/jobs` unless the job has log groups of its own. */
  readonly group?: string;
}

const STREAMS = ["output", "error"] as const;

interface Page {
  readonly lines: LogLine[];
  readonly token?: string | undefined;
}

async function page(
  ctx: AwsContext,
  place: LogPlace,
  stream: LogLine["stream"],
  options: { head: boolean; limit: number; token?: string | undefined },
): Promise<Page> {
  const logs = await ctx.clients.logs();
  try {
    const answer = await logs.getLogEvents({
      logGroupName: `${place.group ?? "/aws-glue/jobs"}/${stream}`,
      logStreamName: place.jobRunId,
      startFromHead: options.head,
      limit: options.limit,
      ...(options.token ? { nextToken: options.token } : {}),
    });
    const lines = (answer.events ?? []).map((event): LogLine => ({
      type: "log",
      stream,
      at: new Date(event.timestamp ?? 0).toISOString(),
      text: redact((event.message ?? "").trimEnd()),
    }));
    return { lines, token: answer.nextForwardToken };
  } catch (error) {
    // The stream appears with its first line.
    if (isAbsent(error)) return { lines: [], token: options.token };
    throw error;
  }
}

const inOrder = (lines: LogLine[]): LogLine[] => lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));

/** Last lines of a job run, redacted: the script's own first; Glue's when the script said nothing. Two calls at most. */
export async function tail(ctx: AwsContext, place: LogPlace, count = 20): Promise<LogLine[]> {
  const output = (await page(ctx, place, "output", { head: false, limit: count })).lines.filter((line) =>
    line.text.trim(),
  );
  if (output.length > 0) return output.slice(-count);
  const error = (await page(ctx, place, "error", { head: false, limit: count })).lines.filter((line) =>
    line.text.trim(),
  );
  return error.slice(-count);
}

/** All lines of a job run from its first on; with `until`, goes on until that answers true and nothing new came after it. */
export async function* read(
  ctx: AwsContext,
  place: LogPlace,
  options: { readonly until?: () => Promise<boolean>; readonly signal?: AbortSignal; readonly fix: string },
): AsyncGenerator<LogLine | Reconnecting> {
  const tokens = new Map<LogLine["stream"], string>();
  const pace = new Pace(ctx.clock, { minMs: 1000, maxMs: 5000 });
  const patience = { clock: ctx.clock, deadline: Number.POSITIVE_INFINITY, fix: options.fix, signal: options.signal };
  for (;;) {
    const over = options.until ? yield* persist(patience, options.until) : true;
    let found = 0;
    for (;;) {
      const lines: LogLine[] = [];
      for (const stream of STREAMS) {
        const token = tokens.get(stream);
        const next = yield* persist(patience, () => page(ctx, place, stream, { head: true, limit: 10_000, token }));
        if (next.token) tokens.set(stream, next.token);
        // The service ends a stream by repeating the token; some emulators then send the same lines again.
        if (next.token !== token || !token) lines.push(...next.lines);
      }
      if (lines.length === 0) break;
      found += lines.length;
      yield* inOrder(lines);
    }
    if (over) return;
    if (found > 0) pace.changed();
    await pace.rest(options.signal);
  }
}
