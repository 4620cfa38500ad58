import { apply, type ApplyError } from "./apply.ts";
import { bringHome } from "./home.ts";
import type { RunInput } from "./run-input.ts";
import { codeOf, LEASE_HOMELESS, LEASE_LOST, leaseError } from "./lease.ts";
import { errorsOf, hasChanges } from "./plan.ts";
import { type Action, addressText, type ApplyEvent, type Plan } from "./types.ts";

/** `planned` comes before the first question, and again when the plan changed under the lease. */
export type RunEvent =
  ApplyEvent | { readonly type: "planned"; readonly plan: Plan } | { readonly type: "notice"; readonly text: string };

export type Outcome = "done" | "nothing" | "failed" | "refused" | "declined" | "interrupted" | "lease_held";

/**
 * A whole `apply` or `destroy`: plan, ask, take the lease (making its bucket first in an empty account), plan again under
 * it, carry out, release. The last event is always `finished`. Errors of planning are thrown (`EngineError`).
 */
export async function* run<C>(input: RunInput<C>): AsyncGenerator<RunEvent, Outcome, void> {
  const startedAt = input.clock.now();
  const finished = (error?: ApplyError, done = 0): RunEvent => ({
    type: "finished",
    done,
    failed: 0,
    skipped: 0,
    calls: input.calls?.() ?? 0,
    ms: input.clock.now() - startedAt,
    ...(error ? { error } : {}),
  });
  const first = await input.makePlan("all");
  yield { type: "planned", plan: first };
  const verdict = await judge(input, first, false);
  if (verdict) {
    const kept = verdict.outcome === "nothing" ? first.steps.filter((step) => step.kept !== undefined) : [];
    for (const { address, action, kept: reason } of kept)
      yield { type: "step-done", address, action, ms: 0, kept: reason };
    yield finished(verdict.error, kept.length);
    return verdict.outcome;
  }
  const taken = await takeLease(input, first);
  for (const text of taken.notices) yield { type: "notice", text };
  if (taken.error) {
    yield finished(taken.error);
    return taken.error.code === "interrupted"
      ? "interrupted"
      : taken.error.code === "lease_held"
        ? "lease_held"
        : "failed";
  }
  const hold = new Hold(input, taken.held);
  try {
    // What was read before the lease may be what another apply has changed since.
    const plan = await input.makePlan("all");
    if (signature(plan, input.leaseHome) !== signature(first, input.leaseHome)) {
      yield { type: "planned", plan };
      const changed = await judge(input, plan, true);
      if (changed) {
        yield finished(changed.error);
        return changed.outcome;
      }
    }
    return yield* carryOut(input, plan, hold, taken.made);
  } finally {
    await hold.end();
  }
}

/** Why nothing is to be sent, or undefined to go on. */
async function judge<C>(
  input: RunInput<C>,
  plan: Plan,
  again: boolean,
): Promise<{ outcome: Outcome; error?: ApplyError } | undefined> {
  const errors = errorsOf(plan);
  const [error] = errors;
  if (error) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    return {
      outcome: "refused",
      error: { code: error.code, text: `${error.at}: ${error.text}${more}`, fix: error.fix },
    };
  }
  if (!hasChanges(plan)) return { outcome: "nothing" };
  if (input.drain?.aborted) return { outcome: "interrupted", error: STOPPED };
  if (await input.confirm(plan, again))
    return input.drain?.aborted ? { outcome: "interrupted", error: STOPPED } : undefined;
  return { outcome: "declined", error: { code: "declined", text: "declined: nothing was changed" } };
}

const STOPPED: ApplyError = {
  code: "interrupted",
  text: "interrupted before anything was changed",
  fix: "Run the same command again.",
};

interface Taken {
  readonly held: boolean;
  readonly notices: readonly string[];
  /** The lease's bucket was made by us just now. */
  readonly made: boolean;
  readonly error?: ApplyError;
}

async function takeLease<C>(input: RunInput<C>, plan: Plan): Promise<Taken> {
  const notices: string[] = [];
  let made = false;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { notice } = await input.lease.acquire();
      if (notice) notices.push(notice);
      return { held: true, notices, made };
    } catch (error) {
      if (codeOf(error) === LEASE_HOMELESS) {
        // Nothing to share the account with either: what is left of a destroyed environment has no bucket any more.
        if (plan.mode === "destroy") return { held: false, notices, made };
        if (attempt < 3) {
          const failure = await bringHome(input, plan);
          made = true;
          if (failure) return { held: false, notices, made, error: failure };
          continue;
        }
      }
      const known = leaseError(error);
      if (known) return { held: false, notices, made, error: known };
      if (input.drain?.aborted) return { held: false, notices, made, error: STOPPED };
      throw error;
    }
  }
}

async function* carryOut<C>(
  input: RunInput<C>,
  plan: Plan,
  hold: Hold<C>,
  made: boolean,
): AsyncGenerator<RunEvent, Outcome, void> {
  const reportAs = new Map<string, Action>(made ? [[input.leaseHome, "create"]] : []);
  hold.begin();
  let outcome: Outcome = "done";
  for await (const event of apply({
    ...input,
    plan,
    drain: hold.drain,
    reportAs,
    beforeDelete: { address: input.leaseHome, run: () => hold.remove() },
  })) {
    if (event.type === "finished") {
      if (event.error) outcome = event.error.code === "interrupted" ? "interrupted" : "failed";
      await hold.end(plan.mode === "destroy");
    }
    yield event;
  }
  return outcome;
}

/** How long giving the lease back may take after the second Ctrl-C. */
const AT_ONCE_MS = 2000;

/** The lease while it is held: renewed on a timer; losing it starts nothing new. */
class Hold<C> {
  readonly #lost = new AbortController();
  readonly #over = new AbortController();
  readonly drain: AbortSignal;
  #held: boolean;
  #renewing: Promise<void> | undefined;

  constructor(
    readonly input: RunInput<C>,
    held: boolean,
  ) {
    this.#held = held;
    this.drain = input.drain ? AbortSignal.any([input.drain, this.#lost.signal]) : this.#lost.signal;
  }

  begin(): void {
    if (this.#held) this.#renewing = this.#renew();
  }

  async #renew(): Promise<void> {
    const { clock, lease } = this.input;
    while (this.#held) {
      const ended = await clock.sleep(lease.renewEveryMs ?? 20_000, this.#over.signal).then(
        () => false,
        () => true,
      );
      if (ended || !this.#held) return;
      try {
        await lease.renew();
      } catch (error) {
        this.#held = false;
        this.#lost.abort(
          leaseError(error) ?? {
            code: LEASE_LOST,
            text: `the lease could not be renewed: ${String(error)}`,
            fix: "Run the same command again.",
          },
        );
      }
    }
  }

  /** Before the bucket goes that the lease lies in. */
  async remove(): Promise<void> {
    if (!this.#held) return;
    await this.#stopRenewing();
    await (this.input.lease.remove?.() ?? this.input.lease.release());
  }

  async #stopRenewing(): Promise<void> {
    this.#held = false;
    this.#over.abort();
    await this.#renewing;
  }

  /** Gives the lease back. A failure to do so must not hide how the apply went: it expires by itself. */
  async end(leaveNothing = false): Promise<void> {
    if (!this.#held) return;
    await this.#stopRenewing();
    const { lease, clock, stop } = this.input;
    const given = (leaveNothing && lease.remove ? lease.remove() : lease.release()).catch(() => undefined);
    // Who pressed Ctrl-C twice, before or meanwhile, does not wait for a line that may be dead.
    await (stop
      ? Promise.race([given, aborted(stop, given).then((now) => (now ? clock.sleep(AT_ONCE_MS) : given))])
      : given);
  }
}

/** True once the signal comes, false when `work` is over first. */
function aborted(signal: AbortSignal, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = (): void => resolve(true);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    void work.finally(() => {
      signal.removeEventListener("abort", abort);
      resolve(false);
    });
  });
}

/** What was agreed to: the steps and what they change. The lease's own bucket may have come into being in between. */
function signature(plan: Plan, home: string): string {
  return JSON.stringify(
    plan.steps
      .filter((step) => step.action !== "keep" && addressText(step.address) !== home)
      .map((step) => [
        step.action,
        addressText(step.address),
        step.attributes.map(({ path, before, after }) => [path, before, after]),
      ])
      .sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
  );
}
