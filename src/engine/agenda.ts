import { addressText, type Step } from "./types.ts";

/** A step that waits for its turn. */
interface Waiting {
  readonly key: string;
  readonly step: Step;
  /** Its place in the plan: of those that may start and lead as far, the first starts. */
  readonly at: number;
  /** How many steps follow from it, each waiting for the one before: what leads farthest starts first. */
  far: number;
  /** How many of the steps that it waits for are not done. */
  missing: number;
  /** How many of them have not even begun. */
  unbegun: number;
}

const precedes = (one: Waiting, other: Waiting): boolean =>
  one.far > other.far || (one.far === other.far && one.at < other.at);

/** Farthest first, then smallest place. */
class Heap {
  readonly #items: Waiting[] = [];

  push(item: Waiting): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    for (let up = (at - 1) >> 1; at > 0; at = up, up = (at - 1) >> 1) {
      const parent = items[up];
      if (!parent || precedes(parent, item)) break;
      items[up] = item;
      items[at] = parent;
    }
  }

  pop(): Waiting | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (first && last && items.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: Waiting): void {
    const items = this.#items;
    for (let at = 0; ;) {
      const [left, right] = [items[2 * at + 1], items[2 * at + 2]];
      const less = left && right && precedes(right, left) ? 2 * at + 2 : 2 * at + 1;
      const child = items[less];
      if (!child || precedes(item, child)) {
        items[at] = item;
        return;
      }
      items[at] = child;
      at = less;
    }
  }
}

/**
 * What is left of a plan, and what of it may start: each step is looked at when its last need is done, and each edge
 * once, so that a plan of 20,000 steps costs what its edges do. One step at a time within a lane.
 */
export class Agenda {
  readonly #pending = new Map<string, Waiting>();
  readonly #users = new Map<string, Waiting[]>();
  readonly #ready = new Heap();
  /** Lanes, by the step that is in them. */
  readonly #busy = new Map<string, Step>();
  readonly #done = new Set<string>();
  /** What waits for steps under way alone, as long as nobody was told. */
  #near: Waiting[] = [];
  /** Ready, but their lane is not free. */
  readonly #parked = new Map<string, Heap>();
  /** How many steps and edges were looked at: what a plan costs. */
  visits = 0;

  constructor(steps: readonly Step[]) {
    steps.forEach((step, at) => {
      const key = addressText(step.address);
      this.#pending.set(key, { key, step, at, far: 0, missing: 0, unbegun: 0 });
    });
    for (const waiting of this.#pending.values()) this.#wire(waiting);
    this.#lookAhead();
    for (const waiting of this.#pending.values()) if (waiting.missing === 0) this.#ready.push(waiting);
  }

  /** Steps outside of the plan are as good as done. */
  #wire(waiting: Waiting): void {
    for (const need of new Set(waiting.step.after)) {
      this.visits += 1;
      if (!this.#pending.has(need)) continue;
      waiting.missing += 1;
      waiting.unbegun += 1;
      const users = this.#users.get(need);
      if (users) users.push(waiting);
      else this.#users.set(need, [waiting]);
    }
  }

  /**
   * A plan has what is needed before what needs it: from its end on, users come first. Within a lane each waits for the one before,
   * too: many in one lead far.
   */
  #lookAhead(): void {
    const behind = new Map<string, number>();
    for (const waiting of [...this.#pending.values()].reverse()) {
      const { lane } = waiting.step;
      for (const user of this.#users.get(waiting.key) ?? []) {
        this.visits += 1;
        waiting.far = Math.max(waiting.far, user.far + 1);
      }
      if (lane === undefined) continue;
      waiting.far = Math.max(waiting.far, (behind.get(lane) ?? -1) + 1);
      behind.set(lane, waiting.far);
    }
  }

  /** Takes the next step that may start, and its lane; undefined when none may. */
  take(): { readonly key: string; readonly step: Step } | undefined {
    for (let next = this.#ready.pop(); next; next = this.#ready.pop()) {
      this.visits += 1;
      if (!this.#pending.has(next.key)) continue;
      const { lane } = next.step;
      if (lane !== undefined && this.#busy.has(lane)) {
        this.#park(lane, next);
        continue;
      }
      if (lane !== undefined) this.#busy.set(lane, next.step);
      this.#pending.delete(next.key);
      for (const user of this.#users.get(next.key) ?? []) {
        user.unbegun -= 1;
        if (user.unbegun === 0) this.#near.push(user);
      }
      return next;
    }
    return undefined;
  }

  /** What waits for nothing but steps that were taken, and has not been named yet. */
  near(): readonly { readonly key: string; readonly step: Step }[] {
    const near = this.#near.filter(({ key, missing }) => missing > 0 && this.#pending.has(key));
    this.#near = [];
    return near;
  }

  #park(lane: string, waiting: Waiting): void {
    const parked = this.#parked.get(lane) ?? new Heap();
    parked.push(waiting);
    this.#parked.set(lane, parked);
  }

  /** A step that was taken is over, well or not, or needs its lane no more: the next one there may come. */
  free(step: Step): void {
    const { lane } = step;
    if (lane === undefined || this.#busy.get(lane) !== step) return;
    this.#busy.delete(lane);
    const parked = this.#parked.get(lane);
    // One that was dropped meanwhile wakes nobody.
    let next = parked?.pop();
    while (next && !this.#pending.has(next.key)) next = parked?.pop();
    if (next) this.#ready.push(next);
  }

  /** A step succeeded, or is as good as that: whoever waited for it alone may start. */
  done(key: string): void {
    if (this.#done.has(key)) return;
    this.#done.add(key);
    for (const user of this.#users.get(key) ?? []) {
      this.visits += 1;
      user.missing -= 1;
      if (user.missing === 0) this.#ready.push(user);
    }
  }

  /** Takes out everything that waits for this step, directly or not, in the order of the plan. */
  dropUsers(key: string): readonly { readonly key: string; readonly step: Step }[] {
    const dropped: Waiting[] = [];
    const todo = [key];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      for (const user of this.#users.get(next) ?? []) {
        this.visits += 1;
        if (!this.#pending.delete(user.key)) continue;
        dropped.push(user);
        todo.push(user.key);
      }
    }
    return dropped.sort((a, b) => a.at - b.at);
  }

  /** Takes out all that is left, in the order of the plan. */
  dropAll(): readonly { readonly key: string; readonly step: Step }[] {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    return all;
  }
}
