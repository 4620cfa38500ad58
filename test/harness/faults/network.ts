import type { Rule } from "./proxy.ts";
import { type Call, internal, throttle } from "./wire.ts";

/** Random numbers between 0 and 1 that the same seed repeats (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An account with a bad day: 30 % throttles, 10 % 500s (half of them after the work was done), 5 % broken connections. */
export function noise(seed: number, shares = { throttle: 0.3, error: 0.1, reset: 0.05 }): Rule {
  const random = randomOf(seed);
  return {
    name: `noise ${seed}`,
    before: (call) => {
      const dice = random();
      const late = random() < 0.5;
      if (dice < shares.throttle) return { kind: "refuse", with: throttle(call) };
      if (dice < shares.throttle + shares.error)
        return late ? { kind: "lie", with: internal(call) } : { kind: "refuse", with: internal(call) };
      if (dice < shares.throttle + shares.error + shares.reset) return late ? { kind: "lost" } : { kind: "reset" };
      return undefined;
    },
  };
}

/** Every answer takes its time: what runs side by side really overlaps. */
export const slow = (ms: number, random: () => number = () => 1): Rule => ({
  name: "slow",
  before: async () => {
    await new Promise((resolve) => setTimeout(resolve, ms * random()));
    return undefined;
  },
});

/**
 * Ends a run at call `k`. `before`: the call never arrives; `half`: its answer breaks off in the middle; `after`: it is
 * carried out and nobody hears of it. `cut` gets rid of the caller; whatever it still sends meets a dead line.
 */
export function cutAt(k: number, when: "before" | "half" | "after", cut: () => void): Rule {
  let over = false;
  const once = (): void => {
    over = true;
    cut();
  };
  return {
    name: `cut ${when} ${k}`,
    before: (call) => {
      if (over) return { kind: "reset" };
      if (call.index !== k) return undefined;
      if (when === "after") return { kind: "lost", done: once };
      if (when === "half") return { kind: "half", done: once };
      once();
      return { kind: "reset" };
    },
  };
}

/**
 * One call after the other, whichever `random` takes of those that wait. After each change, before anything else is done,
 * `seen` has the account to itself: what it holds then is what a cut at this moment leaves.
 */
export function oneByOne(seen: () => Promise<void>, random: () => number): Rule {
  const waiting: (() => void)[] = [];
  let busy = false;
  const turn = async (): Promise<void> => {
    if (busy) await new Promise<void>((resolve) => void waiting.push(resolve));
    busy = true;
  };
  const next = (): void => {
    const [go] = waiting.splice(Math.floor(random() * waiting.length), 1);
    busy = go !== undefined;
    go?.();
  };
  return {
    name: "one by one",
    around: async (call, work) => {
      await turn();
      try {
        await work();
        if (call.mutating) await seen();
      } finally {
        next();
      }
    },
  };
}

/** Does something when call `k` arrives or is answered, and lets it through. */
export function atCall(k: number, when: "before" | "after", act: () => void | Promise<void>): Rule {
  return {
    name: `at ${k}`,
    before: async (call) => {
      if (when === "before" && call.index === k) await act();
      return undefined;
    },
    after: async (call) => {
      if (when === "after" && call.index === k) await act();
      return undefined;
    },
  };
}

/** The first answer to every change of every thing gets lost, or breaks off in the middle: all of it was done, and nobody knows. */
export function everyFirstAnswerLost(random: () => number): Rule {
  const seen = new Set<string>();
  return {
    name: "first answer lost",
    before: (call) => {
      const what = `${call.operation} ${call.path} ${call.body.toString("base64")}`;
      // The lease has its own cases: a renewal differs from the write before it by a clock.
      if (!call.mutating || call.path.includes("lease.json") || seen.has(what)) return undefined;
      seen.add(what);
      return { kind: random() < 0.5 ? "lost" : "half" };
    },
  };
}

/** A share of all answers breaks off in the middle. */
export const breakingOff = (share: number, random: () => number): Rule => ({
  name: "answers break off",
  before: () => (random() < share ? { kind: "half" } : undefined),
});

/** A share of all calls is answered by something in between: load balancers speak HTML, or say nothing at all. */
export function gateways(share: number, random: () => number): Rule {
  const html = { "content-type": "text/html" };
  const answers = [
    { status: 502, headers: html, body: Buffer.from("<html><body><h1>502 Bad Gateway</h1></body></html>") },
    { status: 503, headers: {}, body: Buffer.alloc(0) },
    { status: 504, headers: html, body: Buffer.from("upstream timed out") },
    { status: 500, headers: { "content-type": "application/json" }, body: Buffer.from("{}") },
    { status: 429, headers: {}, body: Buffer.alloc(0) },
  ];
  return {
    name: "gateways",
    before: () => {
      const answer = random() < share ? answers[Math.floor(random() * answers.length)] : undefined;
      return answer && { kind: "answer", with: answer };
    },
  };
}

/** These calls, by their number, are never answered. */
export const silentAt = (...ks: readonly number[]): Rule => ({
  name: "silence",
  before: (call) => (ks.includes(call.index) ? { kind: "silence" } : undefined),
});

/** From the call after `n` on, the session has ended. Each protocol has its own name for it. */
export const expiredAfter = (n: number): Rule => ({
  name: "expired",
  before: (call) => (call.index <= n ? undefined : { kind: "refuse", with: expired(call) }),
});

const expired = ({ service }: Call) => ({
  status: service === "s3" || service === "glue" ? 400 : 403,
  code: ["s3", "iam", "sns", "sts"].includes(service) ? "ExpiredToken" : "ExpiredTokenException",
  message: "The security token included in the request is expired",
});
