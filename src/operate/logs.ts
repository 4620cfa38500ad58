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

const TRACEBACK = /^\s*Traceback \(most recent call last\)/;

/** What of Glue's own group is worth showing beside the script's lines: the last traceback, else what was told last. */
function essence(lines: readonly LogLine[], count: number): LogLine[] {
  const from = lines.findLastIndex((line) => TRACEBACK.test(line.text));
  return (from >= 0 ? lines.slice(from) : lines).slice(-count);
}

/**
 * Last lines of a job run, redacted, in order of time: what the script printed, and what Glue and Spark said where the
 * script's own lines do not hold the traceback. Two calls at most.
 */
export async function tail(ctx: AwsContext, place: LogPlace, count = 20): Promise<LogLine[]> {
  const last = async (stream: LogLine["stream"]): Promise<LogLine[]> =>
    (await page(ctx, place, stream, { head: false, limit: count * 2 })).lines.filter((line) => line.text.trim());
  const output = await last("output");
  if (output.some((line) => TRACEBACK.test(line.text))) return output.slice(-count);
  const error = essence(await last("error"), count);
  // The traceback is what one looks for: the script's lines give way to it.
  return inOrder([...output.slice(-Math.max(3, count - error.length)), ...error]);
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
