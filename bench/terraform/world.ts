import { setTimeout as sleep } from "node:timers/promises";
import { motoGaps } from "../../test/harness/faults/moto-gaps.ts";
import { type FaultProxy, type Rule, startFaultProxy } from "../../test/harness/faults/proxy.ts";
import { type Emulator, install, motoOf, startMother } from "../../test/harness/moto.ts";

/** What came by. */
export interface Seen {
  readonly calls: number;
  readonly byService: Readonly<Record<string, number>>;
  /** Most calls under way at one time. */
  readonly inFlight: number;
}

/** Keeps every call waiting so long, as a network does, and counts. */
class Line {
  readonly #services = new Map<string, number>();
  #open = 0;
  #most = 0;

  constructor(readonly ms: number) {}

  get rule(): Rule {
    return {
      name: "latency",
      around: async ({ service }, work) => {
        this.#services.set(service, (this.#services.get(service) ?? 0) + 1);
        this.#open += 1;
        this.#most = Math.max(this.#most, this.#open);
        try {
          if (this.ms > 0) await sleep(this.ms);
          await work();
        } finally {
          this.#open -= 1;
        }
      },
    };
  }

  get seen(): Seen {
    const sorted = [...this.#services].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const calls = sorted.reduce((sum, [, count]) => sum + count, 0);
    return { calls, byService: Object.fromEntries(sorted), inFlight: this.#most };
  }
}

/**
 * One place where AWS answers, all the time: a moto behind a line that takes its time. Each measured command finds one that
 * holds just what it is to find: a copy, thrown away afterwards.
 */
export class World {
  private constructor(
    readonly proxy: FaultProxy,
    /** With nothing in it, and with all loaded that a first call to a service would load. */
    readonly empty: Emulator,
    readonly endMother: () => void,
  ) {}

  static async make(): Promise<World> {
    await install();
    const mother = await startMother();
    const empty = await motoOf(mother.endpoint);
    return new World(await startFaultProxy(empty.endpoint), empty, mother.end);
  }

  /** A copy of what `from` holds, behind the proxy until `work` is done. */
  async on<T>(from: Emulator, ms: number, work: (moto: Emulator) => Promise<T>): Promise<{ said: T; seen: Seen }> {
    const copy = await copyOf(from);
    try {
      return await this.at(copy, ms, () => work(copy));
    } finally {
      await copy.stop();
    }
  }

  /** The same in that one itself, which then holds what was done. */
  async at<T>(moto: Emulator, ms: number, work: () => Promise<T>, rule?: Rule): Promise<{ said: T; seen: Seen }> {
    const line = new Line(ms);
    this.proxy.target = moto.endpoint;
    this.proxy.use(rule ?? line.rule, ...motoGaps());
    const said = await work();
    // Whoever was killed, or does not wait for its last answers, leaves calls behind.
    await this.proxy.quiet();
    return { said, seen: line.seen };
  }

  async end(): Promise<void> {
    await this.proxy.down();
    await this.empty.stop();
    this.endMother();
  }
}

export async function copyOf(moto: Emulator): Promise<Emulator> {
  const copy = await moto.fork?.();
  if (!copy) throw new Error(`${moto.name} cannot be copied`);
  return copy;
}
