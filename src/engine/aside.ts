import { writeTags } from "./decide.ts";
import type { RunInput } from "./run-input.ts";
import { drive, type Sending, sendingOf, type StepScope } from "./send.ts";
import { type Address, addressText, type AnyKind, type Plan, type Step, type Write } from "./types.ts";

/** What it takes to send calls that are no step of a plan: they are sent with the same patience, and nobody hears of it. */
export function aside<C>(input: RunInput<C>, read: StepScope["read"]): [StepScope, Sending] {
  return [
    {
      owner: input.marks.owner,
      deleting: false,
      fresh: false,
      progressed: false,
      waiting: () => undefined,
      progress: () => undefined,
      read,
    },
    sendingOf(input),
  ];
}

/**
 * What kinds write down of all that is as declared now (`Kind.record`), where the plan did something about one of them or had to
 * read it by itself: as soon as the last of a kind is done, while others are still under way. Only of a whole plan, and a failure
 * is none of the apply's: the next reading costs more, and that is all.
 */
export class Records<C> {
  /** What is not done yet, by kind. */
  readonly #missing = new Map<string, Set<string>>();
  readonly #written: Promise<void>[] = [];

  constructor(
    readonly input: RunInput<C>,
    readonly plan: Plan,
  ) {
    if (plan.mode !== "apply" || input.partial) return;
    for (const kind of input.kinds) {
      const own = this.#stepsOf(kind);
      const news = own.some(({ action, live }) => action !== "keep" || live?.searched !== true);
      if (!kind.record || !news) continue;
      const changes = own.filter(({ action }) => action !== "keep").map(({ address }) => addressText(address));
      this.#missing.set(kind.name, new Set(changes));
      if (changes.length === 0) this.#write(kind);
    }
  }

  #stepsOf({ name }: AnyKind<C>): readonly Step[] {
    return this.plan.steps.filter(({ address, desired }) => desired && address.kind === name);
  }

  done(address: Address): void {
    const missing = this.#missing.get(address.kind);
    if (!missing?.delete(addressText(address)) || missing.size > 0) return;
    const kind = this.input.kinds.find(({ name }) => name === address.kind);
    if (kind) this.#write(kind);
  }

  #write(kind: AnyKind<C>): void {
    const { ctx, marks } = this.input;
    const writes = this.#stepsOf(kind).flatMap((step) => writeOf(step, (desired) => writeTags(kind, desired, marks)));
    const sent = drive(() => kind.record?.(ctx, writes) ?? [], ...aside(this.input, () => Promise.resolve(undefined)));
    this.#written.push(sent.catch(() => undefined));
  }

  /** Until all that was begun is written. */
  async settled(): Promise<void> {
    await Promise.all(this.#written);
  }
}

function writeOf({ address, desired }: Step, tags: (desired: NonNullable<Step["desired"]>) => Write["tags"]): Write[] {
  if (!desired) return [];
  const { props, content } = desired;
  return [{ address, props, tags: tags(desired), ...(content ? { content } : {}) }];
}
