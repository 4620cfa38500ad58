import { setMaxListeners } from "node:events";
import type { Clock } from "../clock/index.ts";
import { Agenda } from "./agenda.ts";
import { INTERRUPTED, isApplyError, shownError } from "./apply-error.ts";
import { Channel } from "./channel.ts";
import { Foreseen } from "./foresee.ts";
import { learn, withMinted } from "./learn.ts";
import { Mints } from "./minted.ts";
import { readOne } from "./observe.ts";
import { CallFailed, Interrupted, type Sending, sendingOf, type StepScope } from "./send.ts";
import { runStep } from "./step.ts";
import {
  type Action,
  addressText,
  type AnyKind,
  type ApplyError,
  type ApplyEvent,
  type Classify,
  type Fault,
  type Marks,
  type Plan,
  type Step,
} from "./types.ts";

export interface ApplyInput<C> {
  readonly ctx: C;
  readonly kinds: readonly AnyKind<C>[];
  readonly plan: Pick<Plan, "steps" | "mode">;
  readonly marks: Marks;
  readonly clock: Clock;
  readonly classify: Classify;
  /** HTTP requests so far, for `finished.calls`; default 0. */
  calls?(): number;
  /** First signal: start nothing new, finish what is in flight. Its reason may be an `EngineError`, shown as the error. */
  readonly drain?: AbortSignal;
  /** Second signal: stop now. */
  readonly stop?: AbortSignal;
  /** Steps at a time; default 40. */
  readonly concurrency?: number;
  /** Between 0 and 1; default `Math.random`. */
  readonly random?: () => number;
  /** Runs right before the resource at `address` is deleted, which takes along what lies in it. */
  readonly beforeDelete?: { readonly address: string; run(): Promise<void> };
  /** What a step is called in events where that differs: the lease's bucket is made before it is planned. */
  readonly reportAs?: ReadonlyMap<string, Action>;
}

/** Steps at a time: what a service does not take at once, the client layer sends more slowly. */
const WIDTH = 40;

const FATAL: ReadonlySet<Fault["class"]> = new Set(["credentials", "unreachable"]);

/**
 * Carries out a plan: side by side along the graph, one at a time within a lane. A failed step skips only what depends
 * on it. Yields events as they happen, the last is always `finished`; throws only for bugs of its own.
 */
export async function* apply<C>(input: ApplyInput<C>): AsyncGenerator<ApplyEvent, void, void> {
  const giveUp = new AbortController();
  const run = new Run(input, giveUp.signal);
  run.begin();
  try {
    yield* run.events;
  } finally {
    // Whoever iterates went away: nothing new is sent.
    giveUp.abort();
  }
}

class Run<C> {
  readonly events = new Channel<ApplyEvent>();
  readonly #agenda: Agenda;
  readonly #kinds: ReadonlyMap<string, AnyKind<C>>;
  /** Steps that made or changed something in this run. */
  readonly #fresh = new Set<string>();
  readonly #sending: Sending;
  readonly #mints: Mints;
  readonly #foreseen: Foreseen<C>;
  readonly #startedAt: number;
  #finished = false;
  #running = 0;
  #count = { done: 0, failed: 0, skipped: 0 };
  #firstFailure: ApplyError | undefined;
  #fatal: ApplyError | undefined;

  constructor(
    readonly input: ApplyInput<C>,
    gone: AbortSignal,
  ) {
    this.#kinds = new Map(input.kinds.map((kind) => [kind.name, kind]));
    this.#agenda = new Agenda(input.plan.steps);
    this.#mints = new Mints(input.plan.steps);
    this.#foreseen = new Foreseen(input.ctx, this.#kinds);
    this.#startedAt = input.clock.now();
    this.#sending = sendingOf({ ...input, stop: input.stop ? AbortSignal.any([input.stop, gone]) : gone });
    // Every call in flight listens: many at once are no leak.
    for (const signal of [this.#sending.stop, this.#sending.drain]) if (signal) setMaxListeners(0, signal);
  }

  begin(): void {
    const visible = this.input.plan.steps.filter((step) => !this.#silent(step)).length;
    this.events.push({ type: "started", steps: visible });
    // A signal wakes the scheduler, so that what only waits for its turn is skipped at once.
    const wake = (): void => this.#tick();
    this.input.drain?.addEventListener("abort", wake, { once: true });
    this.#sending.stop?.addEventListener("abort", wake, { once: true });
    this.#tick();
  }

  /** Kept steps do nothing and say nothing, except where something of ours is taken off. */
  #silent(step: Step): boolean {
    return (
      step.action === "keep" &&
      !step.strip &&
      step.kept === undefined &&
      !this.input.reportAs?.has(addressText(step.address))
    );
  }

  get #halted(): boolean {
    return this.#fatal !== undefined || this.input.drain?.aborted === true || this.#sending.stop?.aborted === true;
  }

  #tick(): void {
    const most = this.input.concurrency ?? WIDTH;
    while (!this.#halted && this.#running < most) {
      const next = this.#agenda.take();
      if (!next) break;
      if (!this.#silent(next.step)) this.#start(next.key, next.step);
      else {
        this.#agenda.free(next.step);
        this.#agenda.done(next.key);
      }
    }
    for (const near of this.#halted ? [] : this.#agenda.near()) this.#foreseen.look(near);
    if (this.#running > 0) return;
    const because = this.#halted ? this.#haltReason() : "it waits for itself";
    for (const { step } of this.#agenda.dropAll()) this.#skip(step, because);
    this.#finish();
  }

  #haltReason(): string {
    return this.#fatal ? this.#fatal.text : shownError(this.#interruption()).text;
  }

  #interruption(): ApplyError {
    const reason: unknown = this.input.drain?.reason;
    return isApplyError(reason) ? reason : INTERRUPTED;
  }

  #skip(step: Step, because: string): void {
    if (this.#silent(step)) return;
    this.#count.skipped += 1;
    this.events.push({ type: "step-skipped", address: step.address, action: this.#action(step), because });
  }

  #action(step: Step): Action {
    return this.input.reportAs?.get(addressText(step.address)) ?? step.action;
  }

  #start(key: string, step: Step): void {
    this.#running += 1;
    const started = this.input.clock.now();
    this.events.push({ type: "step-started", address: step.address, action: this.#action(step) });
    void this.#work(step, (who) => this.#letGo(key, step, who))
      .then(
        (kept) => this.#succeeded(key, step, started, kept),
        (error: unknown) => this.#failed(key, step, error),
      )
      .finally(() => {
        this.#running -= 1;
        this.#agenda.free(step);
        this.#tick();
      });
  }

  /**
   * The calls of its sequence are answered; only that AWS shows it is waited for. A replacement has another sequence to come, and
   * tags follow a change: who shares a lane with that waits.
   */
  #letGo(key: string, step: Step, who: "lane" | "users"): void {
    if (step.action === "replace") return;
    if (step.action !== "update") this.#agenda.free(step);
    if (who === "users") {
      this.#markFresh(key, step);
      this.#agenda.done(key);
    }
    this.#tick();
  }

  #markFresh(key: string, { action }: Step): void {
    if (action === "create" || action === "replace") this.#fresh.add(key);
  }

  async #work(planned: Step, letGo: NonNullable<StepScope["letGo"]>): Promise<string | undefined> {
    const step = withMinted(planned, this.#mints);
    const { ctx, marks, beforeDelete } = this.input;
    const kind = this.#kinds.get(step.address.kind);
    if (!kind) throw new CallFailed({ class: "bug", code: "internal", text: `no kind ${step.address.kind}` });
    if (step.desired && step.action !== "keep") {
      for (const handle of kind.handles(ctx, step.address, step.desired.props)) this.#sending.touched.add(handle);
    }
    const scope: StepScope = { ...this.#scope(kind, step), letGo };
    const kept = await runStep({
      ctx,
      kind,
      step,
      marks,
      sending: this.#sending,
      scope,
      emptying: this.#foreseen.take(addressText(step.address)),
      ...(beforeDelete?.address === addressText(step.address) ? { beforeDelete: () => beforeDelete.run() } : {}),
    });
    if (kept === undefined) await learn(step, this.#mints, scope, this.#sending);
    return kept;
  }

  #scope(kind: AnyKind<C>, step: Step): StepScope {
    return {
      owner: this.input.marks.owner,
      deleting: step.action === "delete" || step.action === "keep",
      fresh: step.after.some((dep) => this.#fresh.has(dep)),
      progressed: false,
      waiting: (reason, spentMs, budgetMs) =>
        this.events.push({ type: "step-waiting", address: step.address, reason, spentMs, budgetMs }),
      progress: (text) => this.events.push({ type: "step-progress", address: step.address, text }),
      minted: (values) => this.#mints.learn(addressText(step.address), values),
      read: () => readOne(kind, this.input.ctx, step.address),
    };
  }

  #succeeded(key: string, step: Step, started: number, kept: string | undefined): void {
    this.#agenda.done(key);
    if (kept === undefined) this.#markFresh(key, step);
    this.#count.done += 1;
    const ms = this.input.clock.now() - started;
    this.events.push({
      type: "step-done",
      address: step.address,
      action: this.#action(step),
      ms,
      ...(kept === undefined ? {} : { kept }),
    });
  }

  #failed(key: string, step: Step, error: unknown): void {
    const fault = this.#faultOf(error);
    this.#count.failed += 1;
    if (fault.code !== INTERRUPTED.code) this.#firstFailure ??= { ...shownError(fault), text: `${key}: ${fault.text}` };
    if (FATAL.has(fault.class)) this.#fatal ??= shownError(fault);
    this.events.push({
      type: "step-failed",
      address: step.address,
      action: this.#action(step),
      error: shownError(fault),
    });
    for (const user of this.#agenda.dropUsers(key)) {
      this.#foreseen.take(user.key);
      this.#skip(user.step, `${key} failed`);
    }
  }

  #faultOf(error: unknown): Fault {
    if (error instanceof CallFailed) return error.fault;
    if (error instanceof Interrupted) {
      return {
        class: "user",
        code: INTERRUPTED.code,
        text: "stopped before it was done",
        fix: "Run the same command again.",
      };
    }
    return this.input.classify(error, { name: "", touched: this.#sending.touched });
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { done, failed, skipped } = this.#count;
    const stopped = this.input.drain?.aborted === true || this.#sending.stop?.aborted === true;
    const error = stopped && failed + skipped > 0 ? this.#interruption() : (this.#fatal ?? this.#firstFailure);
    this.events.push({
      type: "finished",
      done,
      failed,
      skipped,
      calls: this.input.calls?.() ?? 0,
      ms: this.input.clock.now() - this.#startedAt,
      waits: this.#sending.waits.totals,
      ...(error ? { error: shownError(error) } : {}),
    });
    this.events.close();
  }
}
