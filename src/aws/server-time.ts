import type { Clock } from "../clock/index.ts";

/** Structural slice of an SDK client and its middleware stack. */
interface Dated {
  readonly middlewareStack: unknown;
}

interface Stack {
  add(middleware: unknown, options: object): void;
}

type Next = (args: unknown) => Promise<{ response?: { headers?: Record<string, string | undefined> } }>;

/** A sample whose answer took longer says too little of when it was dated. */
const SLOW_MS = 5000;

/** The time as the other side has it, from the Date header of its answers: this machine's own clock may be hours off. */
export class ServerTime {
  #ahead: number | undefined;
  readonly #watched = new WeakSet<object>();
  static #count = 0;
  readonly #name = `metriccareServerTime${(ServerTime.#count += 1)}`;

  constructor(readonly clock: Clock) {}

  /** Milliseconds since the epoch; this machine's time as long as nobody has answered. */
  now(): number {
    return this.clock.now() + (this.#ahead ?? 0);
  }

  /** Looks at every answer that this client gets from now on, refusals too. */
  watch<T extends Dated & object>(client: T): T {
    if (this.#watched.has(client)) return client;
    this.#watched.add(client);
    const read = (next: Next) => async (args: unknown) => {
      const sent = this.clock.now();
      const answer = await next(args);
      const headers = answer.response?.headers;
      this.#learn(headers?.["date"] ?? headers?.["Date"], sent);
      return answer;
    };
    // Nearest to the wire: an error's answer is seen before it is thrown.
    (client.middlewareStack as Stack).add(read, { step: "deserialize", name: this.#name, priority: "low" });
    return client;
  }

  #learn(date: string | undefined, sent: number): void {
    const theirs = Date.parse(date ?? "");
    const received = this.clock.now();
    if (Number.isNaN(theirs) || (this.#ahead !== undefined && received - sent > SLOW_MS)) return;
    // The header has whole seconds, and was written somewhere in the middle of the way.
    this.#ahead = theirs + 500 - (sent + received) / 2;
  }
}
