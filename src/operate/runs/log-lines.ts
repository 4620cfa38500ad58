import type { AwsContext } from "../../aws/context.ts";
import { Pace, persist, type Reconnecting } from "../pace.ts";
import { isDenied } from "../../services/faults.ts";
import { isAbsent } from "../problem.ts";
import { safeLine } from "../safe/index.ts";
import { SHARED_LOGS } from "../../lakehouse/log-groups.ts";
import { logsClient } from "../../services/logs/client.ts";

export interface LogLine {
  readonly type: "log";
  /** `output` is what the script prints, `error` what Glue and Spark say. */
  readonly stream: "output" | "error";
  /** ISO-8601 UTC. */
  readonly at: string;
  readonly text: string;
}

/** How many lines were left out because they may hold anything. */
export interface Hidden {
  readonly type: "hidden";
  readonly count: number;
}

/** Lines that there may be, in a place that the caller may not read. */
export interface Closed {
  readonly type: "closed";
  readonly text: string;
}

const CLOSED = `if this run wrote to ${SHARED_LOGS}, the groups of the whole account: your policy does not let you read them (logs:GetLogEvents)`;

/** A line as it stands in the log. */
interface RawLine extends LogLine {
  /** What of it may be shown. */
  readonly safe: string | undefined;
}

/** Where a job run's lines are: one stream in either group, named by the job run's id. */
interface LogPlace {
  readonly jobRunId: string;
  /** Prefixes of log groups where it may be, the likeliest first: what the run says, what the config says, Glue's own. */
  readonly groups: readonly string[];
}

const STREAMS = ["output", "error"] as const;

interface Page {
  readonly lines: RawLine[];
  readonly token?: string | undefined;
  /** Glue's own groups are closed to the caller. */
  readonly closed?: true;
}

async function page(
  ctx: AwsContext,
  place: LogPlace,
  stream: LogLine["stream"],
  options: { head: boolean; limit: number; token?: string | undefined },
): Promise<Page> {
  for (const group of place.groups) {
    try {
      const found = await pageIn(ctx, group, place.jobRunId, stream, options);
      if (found) return found;
    } catch (error) {
      // The policies open the groups that jobs write to now. What runs of before left in those of the account is extra.
      if (!(isDenied(error) && group === SHARED_LOGS && place.groups.length > 1)) throw error;
      return { lines: [], token: options.token, closed: true };
    }
  }
  // The stream appears with its first line.
  return { lines: [], token: options.token };
}

/** Where a job run's lines may be. Runs of before the environment had groups of its own are in Glue's. */
export const logPlaces = (said: string | undefined, configured: string | undefined): readonly string[] => {
  const own = said === undefined || said.replace(/\/$/, "") === SHARED_LOGS ? [] : [said];
  return [...new Set([...own, ...(configured === undefined ? [] : [configured]), SHARED_LOGS])];
};

async function pageIn(
  ctx: AwsContext,
  group: string,
  jobRunId: string,
  stream: LogLine["stream"],
  options: { head: boolean; limit: number; token?: string | undefined },
): Promise<Page | undefined> {
  const logs = await ctx.clients.of(logsClient);
  try {
    const answer = await logs.getLogEvents({
      logGroupName: `${group}/${stream}`,
      logStreamName: jobRunId,
      startFromHead: options.head,
      limit: options.limit,
      ...(options.token ? { nextToken: options.token } : {}),
    });
    // One event may hold a whole traceback.
    const lines = (answer.events ?? []).flatMap((event) =>
      (event.message ?? "")
        .trimEnd()
        .split("\n")
        .map((text): RawLine => {
          const at = new Date(event.timestamp ?? 0).toISOString();
          return { type: "log", stream, at, text, safe: safeLine(text) };
        }),
    );
    return { lines, token: answer.nextForwardToken };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const inOrder = <T extends LogLine>(lines: T[]): T[] => lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));

const TRACEBACK = /^\s*Traceback \(most recent call last\)/;

/** What of Glue's own group is worth showing beside the script's lines: the last traceback, else what was told last. */
function essence<T extends LogLine>(lines: readonly T[], count: number): T[] {
  const from = lines.findLastIndex((line) => TRACEBACK.test(line.text));
  return (from >= 0 ? lines.slice(from) : lines).slice(-count);
}

/** The end of a job run's log. */
export interface Tail {
  /** What may be shown of it. */
  readonly lines: readonly LogLine[];
  /** Lines among the last ones that may not. */
  readonly hidden: number;
  /** The same as it stands there: to be looked through for known failures, never to be shown. */
  readonly texts: readonly string[];
}

const shown = ({ type, stream, at, safe }: RawLine): LogLine[] => (safe ? [{ type, stream, at, text: safe }] : []);

const closedLine = (ctx: AwsContext): LogLine => ({
  type: "log",
  stream: "error",
  at: new Date(ctx.clock.now()).toISOString(),
  text: `(no line found; ${CLOSED})`,
});

/**
 * Last lines of a job run in order of time: what the script printed, and what Glue and Spark said where the
 * script's own lines do not hold the traceback. Two calls at most.
 */
export async function tail(ctx: AwsContext, place: LogPlace, count = 20): Promise<Tail> {
  let closed = false;
  const last = async (stream: LogLine["stream"]): Promise<RawLine[]> => {
    const found = await page(ctx, place, stream, { head: false, limit: count * 10 });
    closed ||= found.closed === true;
    return found.lines.filter((line) => line.text.trim());
  };
  const told = (lines: readonly RawLine[], limit: number): LogLine[] => lines.flatMap(shown).slice(-limit);
  const summed = (lines: readonly LogLine[], all: readonly RawLine[]): Tail => ({
    lines,
    hidden: all.filter((line) => line.safe === undefined).length,
    texts: all.map((line) => line.text),
  });
  const output = await last("output");
  if (output.some((line) => TRACEBACK.test(line.text))) return summed(told(output, count), output);
  const error = await last("error");
  if (closed && output.length + error.length === 0) return { lines: [closedLine(ctx)], hidden: 0, texts: [] };
  const cause = told(essence(error, count * 10), count);
  // The traceback is what one looks for: the script's lines give way to it.
  return summed(inOrder([...told(output, Math.max(3, count - cause.length)), ...cause]), [...output, ...error]);
}

/**
 * The lines of a job run from its first on that may be shown, then how many may not; with `raw`, all as they stand. With `until`, goes
 * on until that answers true and nothing new came after it.
 */
export async function* readLog(
  ctx: AwsContext,
  place: LogPlace,
  options: {
    readonly until?: () => Promise<boolean>;
    readonly signal?: AbortSignal;
    readonly fix: string;
    readonly raw?: boolean;
  },
): AsyncGenerator<LogLine | Hidden | Closed | Reconnecting> {
  let count = 0;
  for await (const line of lines(ctx, place, options)) {
    if (line.type !== "log") yield line;
    else if (options.raw) yield { type: line.type, stream: line.stream, at: line.at, text: line.text };
    else if (line.safe === undefined) count++;
    else yield* shown(line);
  }
  if (count > 0) yield { type: "hidden", count };
}

async function* lines(
  ctx: AwsContext,
  place: LogPlace,
  options: { readonly until?: () => Promise<boolean>; readonly signal?: AbortSignal; readonly fix: string },
): AsyncGenerator<RawLine | Closed | Reconnecting> {
  let open = place;
  let total = 0;
  const tokens = new Map<LogLine["stream"], string>();
  const pace = new Pace(ctx.clock, { minMs: 1000, maxMs: 5000 });
  const patience = { clock: ctx.clock, deadline: Number.POSITIVE_INFINITY, fix: options.fix, signal: options.signal };
  for (;;) {
    const over = options.until ? yield* persist(patience, options.until) : true;
    let news = 0;
    for (;;) {
      const found: RawLine[] = [];
      for (const stream of STREAMS) {
        const token = tokens.get(stream);
        const next = yield* persist(patience, () => page(ctx, open, stream, { head: true, limit: 10_000, token }));
        // Asked once, not at every look: each denial stands in the account's trail.
        if (next.closed) open = { ...place, groups: place.groups.filter((group) => group !== SHARED_LOGS) };
        if (next.token) tokens.set(stream, next.token);
        // The service ends a stream by repeating the token; some emulators then send the same lines again.
        if (next.token !== token || !token) found.push(...next.lines);
      }
      if (found.length === 0) break;
      news += found.length;
      yield* inOrder(found);
    }
    total += news;
    if (over) {
      if (total === 0 && open !== place) yield { type: "closed", text: `No line found; ${CLOSED}.` };
      return;
    }
    if (news > 0) pace.changed();
    await pace.rest(options.signal);
  }
}
