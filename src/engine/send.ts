import { unlessAborted } from "../clock/unless-aborted.ts";
import type { Clock } from "../clock/index.ts";
import { Patience, readyPause, WaitLog } from "./schedule.ts";
import type { Call, Calls, Classify, Fault, FaultClass, Live, Sent } from "./types.ts";

/** A call, and with it its step, did not succeed. Kinds see it thrown at their `yield` and may put things back. */
export class CallFailed extends Error {
  constructor(
    readonly fault: Fault,
    options?: { cause?: unknown },
  ) {
    super(fault.text, options);
    this.name = "CallFailed";
  }
}

/** The user asked to stop before the step was done. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}

/** What all steps of one apply share. */
export interface Sending {
  readonly clock: Clock;
  readonly classify: Classify;
  /** Handles of what was created or changed in this run. */
  readonly touched: Set<string>;
  readonly waits: WaitLog;
  readonly random: () => number;
  /** First signal: start nothing new, finish what is in flight. */
  readonly drain: AbortSignal | undefined;
  /** Second signal: stop now. */
  readonly stop: AbortSignal | undefined;
}

type Senders = Pick<Sending, "clock" | "classify"> & Partial<Pick<Sending, "random" | "drain" | "stop">>;

/** Nothing touched yet, and nobody waited for. */
export const sendingOf = ({ clock, classify, random = Math.random, drain, stop }: Senders): Sending => ({
  clock,
  classify,
  touched: new Set(),
  waits: new WaitLog(),
  random,
  drain,
  stop,
});

/** What sending needs to know of the step that a call belongs to. */
export interface StepScope {
  readonly owner: string;
  /** "Not found" is then as good as done. */
  deleting: boolean;
  /** True when this resource, or one that it needs, was made in this run: "not found" is then a delay. */
  fresh: boolean;
  /** True after the first call that succeeded: an interrupted step is finished from then on, within `GRACE_MS`. */
  progressed: boolean;
  drainedAt?: number;
  /** A failed sequence puts back what it took away: that much is sent even after the first Ctrl-C. */
  restoring?: boolean;
  waiting(reason: string, spentMs: number, budgetMs: number): void;
  progress(text: string): void;
  /** All calls are answered, and what is left is that AWS shows it: these need not wait for that. */
  letGo?(who: NonNullable<Call["letsGo"]>): void;
  /** What the answer of a call told of values that AWS mints. */
  minted?(values: Readonly<Record<string, string>>): void;
  read(): Promise<Live | undefined>;
}

/** How long a half-done step may still wait after the first Ctrl-C. */
const GRACE_MS = 30_000;

/** Sends the calls of one sequence, one by one or as many at a time as it says. A sequence whose own reads fail in passing is begun anew. */
export async function drive(make: () => Calls, scope: StepScope, sending: Sending): Promise<void> {
  const patience = new Patience(sending.random);
  for (;;) {
    try {
      scope.restoring = false;
      await iterate(make(), scope, sending);
      return;
    } catch (error) {
      if (error instanceof CallFailed || error instanceof Interrupted) throw error;
      const fault = delayed(sending.classify(error, { name: "", touched: sending.touched }), scope);
      if (fault.class === "absent" && scope.deleting) return;
      await pause(fault, patience, scope, sending, error);
    }
  }
}

async function iterate(calls: Calls, scope: StepScope, sending: Sending): Promise<void> {
  const iterator = Symbol.asyncIterator in calls ? calls[Symbol.asyncIterator]() : calls[Symbol.iterator]();
  let next = await iterator.next();
  while (!next.done) {
    try {
      await sendAll(callsOf(next.value), scope, sending);
    } catch (error) {
      if (!iterator.throw || sending.stop?.aborted) throw error;
      // A kind's `finally` may yield calls that put back what it took away (a trigger that was stopped for an update).
      scope.restoring = true;
      next = await iterator.throw(error);
      continue;
    }
    next = await iterator.next();
  }
}

/** One or several, as a list. */
export const callsOf = (sent: Sent): readonly Call[] => ("send" in sent ? [sent] : sent);

/** Sends calls side by side, then waits until all are ready. All are over before the first failure is told. */
async function sendAll(calls: readonly Call[], scope: StepScope, sending: Sending): Promise<void> {
  await allOver(calls.map((call) => sendCall(call, scope, sending)));
  const unready = calls.filter(({ ready }) => ready && !(scope.restoring && sending.drain?.aborted));
  const [first] = unready;
  if (first?.letsGo && unready.every(({ letsGo }) => letsGo === first.letsGo)) scope.letGo?.(first.letsGo);
  await allOver(unready.map((call) => untilReady(call, scope, sending)));
}

async function allOver(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}

async function sendCall(call: Call, scope: StepScope, sending: Sending): Promise<void> {
  const patience = new Patience(sending.random);
  let unsure = false;
  for (;;) {
    checkpoint(scope, sending);
    try {
      const answer = await orStop(call.send(), sending);
      if (call.mints) scope.minted?.(call.mints(answer));
      break;
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      const fault = delayed(sending.classify(error, { name: call.name, touched: sending.touched }), scope);
      unsure ||= fault.class === "ambiguous" || attemptsOf(error) > 1;
      const outcome = await resolve(fault, unsure, call, scope);
      if (outcome === "done") break;
      await pause(outcome, patience, scope, sending, error);
    }
  }
  scope.progressed = true;
  if (call.progress) scope.progress(call.progress());
  if (call.creates) scope.fresh = true;
}

/** What an error comes to: done after all, or a fault to wait for or to fail with. */
async function resolve(fault: Fault, unsure: boolean, call: Call, scope: StepScope): Promise<"done" | Fault> {
  if (fault.done || (fault.class === "absent" && scope.deleting)) return "done";
  if (fault.class === "exists" && !call.creates) return unsure ? "done" : fault;
  if (call.creates && (fault.class === "ambiguous" || fault.class === "exists")) {
    const live = await scope.read().catch(() => undefined);
    // Our own mark travels in the creating call: where it is, that call has succeeded, whatever its answer said.
    if (live?.owner === scope.owner || (live && fault.class === "exists" && unsure && live.owner === undefined))
      return "done";
    // "Exists", and nothing to be read: AWS is still busy with the name, or the reading is behind.
    if (!live && fault.class === "exists" && unsure) return { ...fault, class: "conflict", budgetMs: 30_000 };
  }
  return fault;
}

const delayed = (fault: Fault, scope: StepScope): Fault =>
  fault.class === "absent" && scope.fresh && !scope.deleting ? { ...fault, class: "propagation" } : fault;

/** The SDK repeats by itself: a first attempt that it did not tell us about may have succeeded. */
function attemptsOf(error: unknown): number {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return 1;
  const metadata = error.$metadata;
  return typeof metadata === "object" && metadata !== null && "attempts" in metadata ? Number(metadata.attempts) : 1;
}

async function untilReady(call: Call, scope: StepScope, sending: Sending): Promise<void> {
  const { ready } = call;
  if (!ready) return;
  const budgetMs = call.readyWithinMs ?? 120_000;
  let spentMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    checkpoint(scope, sending);
    const answer = await askReady(call, ready, scope, sending);
    if (answer === true) return;
    const pauseMs = Math.min(readyPause(attempt), budgetMs - spentMs);
    if (pauseMs <= 0) {
      throw new CallFailed({
        class: "conflict",
        code: "not_ready",
        text: `${answer}, still after ${seconds(budgetMs)}`,
        fix: "Run the same command again.",
      });
    }
    await rest("ready", answer, pauseMs, spentMs, budgetMs, scope, sending);
    spentMs += pauseMs;
  }
}

const PASSING: ReadonlySet<FaultClass> = new Set(["throttle", "ambiguous", "conflict", "unreachable", "propagation"]);

async function askReady(
  call: Call,
  ready: NonNullable<Call["ready"]>,
  scope: StepScope,
  sending: Sending,
): Promise<true | string> {
  try {
    return await orStop(ready(), sending);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    const fault = delayed(sending.classify(error, { name: call.name, touched: sending.touched }), scope);
    if (fault.class === "absent" && scope.deleting) return true;
    if (PASSING.has(fault.class)) return fault.text;
    throw new CallFailed(fault, { cause: error });
  }
}

/** Waits as long as the fault's class deserves, or throws when it deserves no (more) waiting. */
async function pause(
  fault: Fault,
  patience: Patience,
  scope: StepScope,
  sending: Sending,
  cause: unknown,
): Promise<void> {
  const next = patience.next(fault.class, fault.budgetMs);
  if (!next) {
    const spent = patience.spent(fault.class);
    throw new CallFailed(spent > 0 ? { ...fault, text: `${fault.text} (after ${seconds(spent)} of retries)` } : fault, {
      cause,
    });
  }
  await rest(fault.class, fault.text, next.pauseMs, next.spentMs, next.budgetMs, scope, sending);
}

async function rest(
  kind: FaultClass | "ready",
  reason: string,
  ms: number,
  spentMs: number,
  budgetMs: number,
  scope: StepScope,
  sending: Sending,
): Promise<void> {
  checkpoint(scope, sending);
  scope.waiting(reason, spentMs, budgetMs);
  const signals = [sending.stop, scope.progressed ? undefined : sending.drain].filter((signal) => signal !== undefined);
  const signal = signals.length > 0 ? AbortSignal.any(signals) : undefined;
  await sending.clock.sleep(ms, signal).catch((error: unknown) => {
    throw signal?.aborted ? new Interrupted() : error;
  });
  sending.waits.add(kind, ms);
}

/** Throws when the user's wish to stop concerns this step: at once, or after the grace for what is half done. */
function checkpoint(scope: StepScope, { stop, drain, clock }: Sending): void {
  if (stop?.aborted) throw new Interrupted();
  if (!drain?.aborted || scope.restoring) return;
  scope.drainedAt ??= clock.now();
  if (!scope.progressed || clock.now() - scope.drainedAt > GRACE_MS) throw new Interrupted();
}

/** The answer, or `Interrupted` as soon as the second signal comes; what was sent cannot be called back. */
const orStop = <T>(answer: Promise<T>, { stop }: Sending): Promise<T> =>
  unlessAborted(answer, stop, () => new Interrupted());

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
