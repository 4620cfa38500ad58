import { apply } from "./apply.ts";
import { Records } from "./aside.ts";
import { Hold } from "./hold.ts";
import { bringHome } from "./home.ts";
import type { RunInput } from "./run-input.ts";
import { codeOf, LEASE_HELD, LEASE_HOMELESS, leaseError } from "./lease.ts";
import { errorsOf, hasChanges } from "./plan.ts";
import { type Action, addressText, type ApplyError, type ApplyEvent, type Plan } from "./types.ts";

/** `planned` comes before the first question, and again when the plan changed under the lease. */
export type RunEvent =
  ApplyEvent | { readonly type: "planned"; readonly plan: Plan } | { readonly type: "notice"; readonly text: string };

export type Outcome = "done" | "nothing" | "failed" | "refused" | "declined" | "interrupted" | "lease_held";

/**
 * A whole `apply` or `destroy`: plan, ask, take the lease (making its bucket first in an empty account), plan again under
 * it, carry out, release. Where nobody is asked and a lease lies there, it is taken first and all is read once. The last event
 * is always `finished`. Errors of planning are thrown (`EngineError`).
 */
export async function* run<C>(input: RunInput<C>): AsyncGenerator<RunEvent, Outcome, void> {
  const startedAt = input.clock.now();
  const finished: Finished = (error, done = 0) => ({
    type: "finished",
    done,
    failed: 0,
    skipped: 0,
    calls: input.calls?.() ?? 0,
    ms: input.clock.now() - startedAt,
    ...(error ? { error } : {}),
  });
  const unread = new Reading((known) => planUnder(input, known, undefined));
  const early = input.unasked ? await takeKnown(input, unread) : undefined;
  if (early && early !== "homeless") return yield* underLease(input, early, unread, finished);
  const first = await input.makePlan("all", false);
  const verdict = yield* shown(input, first, finished);
  if (verdict) return verdict;
  const reading = new Reading((known) => planUnder(input, known, first));
  const homeless = early === "homeless" && first.mode === "apply" && isMissing(first, input.leaseHome);
  return yield* underLease(input, await takeLease(input, first, reading, homeless), reading, finished, first);
}

/** The plan has not seen the lease's place either: somebody may have made it meanwhile. */
const isMissing = ({ steps }: Plan, home: string): boolean =>
  steps.every(({ address, action }) => addressText(address) !== home || action === "create");

/** What is known of the lease when the reading under it begins. */
type Known = Pick<Taken, "made" | "fresh" | "recent">;

/** The reading under the lease. It begins as soon as the lease is written: should that not be ours after all, it is thrown away. */
class Reading {
  #begun: Promise<Plan> | undefined;

  constructor(readonly make: (known: Known) => Promise<Plan>) {}

  begin(known: Known): void {
    this.#begun = this.make(known);
    // Told where it is waited for.
    this.#begun.catch(() => undefined);
  }

  plan(known: Known): Promise<Plan> {
    return this.#begun ?? this.make(known);
  }
}

type Finished = (error?: ApplyError, done?: number) => RunEvent;

/** Shows a plan and asks. Answers how it all ends where nothing is to be sent. */
async function* shown<C>(
  input: RunInput<C>,
  plan: Plan,
  finished: Finished,
  again = false,
): AsyncGenerator<RunEvent, Outcome | undefined, void> {
  yield { type: "planned", plan };
  const verdict = await judge(input, plan, again);
  if (!verdict) return undefined;
  const kept = verdict.outcome === "nothing" && !again ? plan.steps.filter((step) => step.kept !== undefined) : [];
  for (const { address, action, kept: reason } of kept)
    yield { type: "step-done", address, action, ms: 0, kept: reason };
  yield finished(verdict.error, kept.length);
  return verdict.outcome;
}

/** All that is done while the lease is held. `first` is what was agreed to before. */
async function* underLease<C>(
  input: RunInput<C>,
  taken: Taken,
  reading: Reading,
  finished: Finished,
  first?: Plan,
): AsyncGenerator<RunEvent, Outcome, void> {
  for (const text of taken.notices) yield { type: "notice", text };
  if (taken.error) {
    yield finished(taken.error);
    const { code } = taken.error;
    return code === "interrupted" ? "interrupted" : code === LEASE_HELD ? "lease_held" : "failed";
  }
  const hold = new Hold(input, taken.held);
  try {
    // Reading a large environment may take longer than a lease lasts.
    if (!first) hold.begin();
    const plan = await reading.plan(taken);
    const isOther = !first || signature(plan, input.leaseHome) !== signature(first, input.leaseHome);
    // What is wrong with the lease's place is in no signature.
    if (isOther || errorsOf(plan).length > 0) {
      const verdict = yield* shown(input, plan, finished, first !== undefined);
      if (verdict) return verdict;
    }
    return yield* carryOut(input, plan, hold, taken.made);
  } finally {
    await hold.end();
  }
}

/**
 * What was read before the lease may be what another apply has changed since. Nobody can have where there was no place for a
 * lease a moment ago and no lease lay in it: then only that place is looked at, which somebody else may have made beside us.
 */
async function planUnder<C>(input: RunInput<C>, known: Known, first: Plan | undefined): Promise<Plan> {
  if (first && !known.made) return planAgain(input, known, first);
  if (!first || !input.unasked || !known.made || !known.fresh) return input.makePlan("all", known.recent, !first);
  const isHome = ({ address }: { readonly address: Plan["steps"][number]["address"] }): boolean =>
    addressText(address) === input.leaseHome;
  const home = await input.makePlan("home-there", true);
  const now = home.steps.find(isHome);
  return {
    ...first,
    steps: first.steps.map((step) => (isHome(step) && now ? { ...now, after: step.after } : step)),
    findings: [...first.findings, ...errorsOf(home)],
  };
}

/**
 * Of a small change only that is read again, and what it needs: what it leaves alone may be as it likes. Where it would do anything
 * else now than what was agreed to, all is read again.
 */
async function planAgain<C>(input: RunInput<C>, known: Known, first: Plan): Promise<Plan> {
  const touched = first.steps.flatMap(({ action, strip, address }) =>
    action === "keep" && !strip ? [] : [addressText(address)],
  );
  const isSmall = first.mode === "apply" && !input.settled && touched.length * 4 < first.steps.length;
  if (!isSmall) return input.makePlan("all", known.recent);
  const again = await input.makePlan(touched, known.recent);
  if (errorsOf(again).length > 0 || signature(again, "") !== signature(first, ""))
    return input.makePlan("all", known.recent);
  const now = new Map(again.steps.map((step) => [addressText(step.address), step]));
  const steps = first.steps.map((step) => {
    const fresh = now.get(addressText(step.address));
    return fresh ? { ...fresh, after: step.after } : step;
  });
  return { ...first, steps };
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
  /** No lease had lain there. */
  readonly fresh: boolean;
  /** A search for tags may not have heard of the last apply. */
  readonly recent: boolean;
  readonly error?: ApplyError;
}

const NOT_TAKEN = { held: false, made: false, fresh: false, recent: false } as const;

/** A lease that lies there, before anything is read. Whatever else is in its way shows in the reading too, and is told there. */
async function takeKnown<C>({ lease }: RunInput<C>, reading: Reading): Promise<Taken | "homeless" | undefined> {
  try {
    const taken = await lease.acquireKnown?.({
      written: ({ recent = false }) => reading.begin({ made: false, fresh: false, recent }),
    });
    if (!taken) return undefined;
    return { ...NOT_TAKEN, held: true, notices: taken.notice ? [taken.notice] : [], recent: taken.recent ?? false };
  } catch (error) {
    const known = leaseError(error);
    if (known?.code === LEASE_HOMELESS) return "homeless";
    return known?.code === LEASE_HELD ? { ...NOT_TAKEN, notices: [], error: known } : undefined;
  }
}

/** `homeless`: its place was not there a moment ago. */
async function takeLease<C>(input: RunInput<C>, plan: Plan, reading: Reading, homeless: boolean): Promise<Taken> {
  const notices: string[] = [];
  let made = false;
  if (homeless) {
    const brought = await bringHome(input, plan);
    if (typeof brought === "object") return { ...NOT_TAKEN, notices, made: true, error: brought };
    made = brought === "made";
  }
  for (let attempt = 0; ; attempt += 1) {
    try {
      const {
        notice,
        fresh = false,
        recent = false,
      } = await input.lease.acquire({
        newPlace: made,
        written: (known) => reading.begin({ made, fresh: known.fresh ?? false, recent: known.recent ?? false }),
      });
      if (notice) notices.push(notice);
      return { held: true, notices, made, fresh, recent };
    } catch (error) {
      if (codeOf(error) === LEASE_HOMELESS) {
        // Nothing to share the account with either: what is left of a destroyed environment has no bucket any more.
        if (plan.mode === "destroy") return { ...NOT_TAKEN, notices, made };
        if (attempt < 3) {
          const brought = await bringHome(input, plan);
          if (typeof brought === "object") return { ...NOT_TAKEN, notices, made: true, error: brought };
          made ||= brought === "made";
          continue;
        }
      }
      const known = leaseError(error);
      if (known) return { ...NOT_TAKEN, notices, made, error: known };
      if (input.drain?.aborted) return { ...NOT_TAKEN, notices, made, error: STOPPED };
      throw error;
    }
  }
}

/** After these a search for tags tells old ones for a while. What is new it does not name yet. */
const RETAGS: ReadonlySet<Action> = new Set(["update", "replace", "delete"]);

async function* carryOut<C>(
  input: RunInput<C>,
  plan: Plan,
  hold: Hold<C>,
  made: boolean,
): AsyncGenerator<RunEvent, Outcome, void> {
  const reportAs = new Map<string, Action>(made ? [[input.leaseHome, "create"]] : []);
  hold.begin();
  const records = new Records({ ...input, drain: hold.drain }, plan);
  let outcome: Outcome = "done";
  for await (const event of apply({
    ...input,
    plan,
    drain: hold.drain,
    reportAs,
    beforeDelete: { address: input.leaseHome, run: () => hold.letGo() },
  })) {
    if (event.type === "finished") {
      await records.settled();
      if (event.error) outcome = event.error.code === "interrupted" ? "interrupted" : "failed";
      await hold.end(plan.mode === "destroy");
    }
    if (event.type === "step-done" && event.kept === undefined) records.done(event.address);
    if (event.type === "step-done" && event.action === "delete" && event.kept === undefined)
      if (addressText(event.address) === input.leaseHome) hold.gone();
    const ended = event.type === "step-failed" || (event.type === "step-done" && event.kept === undefined);
    if (ended && RETAGS.has(event.action)) hold.changed = true;
    yield event;
  }
  return outcome;
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
