import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { CallLog } from "../../src/aws/call-log.ts";
import { Clients } from "../../src/aws/clients.ts";
import { LEASE_KEY } from "../../src/aws/lease.ts";
import { Pace } from "../../src/aws/pace.ts";
import { faults } from "../../src/services/faults.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { VirtualClock } from "../engine/virtual-clock.ts";

class Throttled extends Error {}
const isThrottle = (error: unknown): boolean => error instanceof Throttled;

/** A service that takes so many calls a second, so many of them at once, and answers after 60 ms. */
class Service {
  answered = 0;
  throttled = 0;
  mostOpen = 0;
  #open = 0;
  #tokens: number;
  #at: number;

  constructor(
    readonly clock: VirtualClock,
    readonly perSecond: number,
    readonly burst: number,
  ) {
    this.#tokens = burst;
    this.#at = clock.now();
  }

  async call(): Promise<void> {
    const now = this.clock.now();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    const taken = this.#tokens >= 1;
    if (taken) this.#tokens -= 1;
    this.#open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.#open);
    await this.clock.sleep(60);
    this.#open -= 1;
    if (!taken) {
      this.throttled += 1;
      throw new Throttled();
    }
    this.answered += 1;
  }
}

/** Calls until it answers, after the pauses that reads make. */
async function patiently(clock: VirtualClock, send: () => Promise<void>): Promise<void> {
  for (let pause = 250; ; pause = Math.min(4000, pause * 2)) {
    try {
      return await send();
    } catch (error) {
      if (!isThrottle(error)) throw error;
      await clock.sleep(pause);
    }
  }
}

describe("a service is asked as fast as it takes it", () => {
  test.each([
    [1000, 20, 20],
    [2000, 50, 100],
    [500, 8, 5],
  ])("%i calls to one that takes %i a second, %i at once", async (calls, perSecond, burst) => {
    const clock = new VirtualClock();
    const service = new Service(clock, perSecond, burst);
    const pace = new Pace(clock);
    const began = clock.now();
    const one = (): Promise<void> =>
      pace.place(() => patiently(clock, () => pace.attempt(() => service.call(), isThrottle)));
    await Promise.all(Array.from({ length: calls }, one));
    expect(service.answered).toBe(calls);
    expect(service.mostOpen).toBeLessThanOrEqual(50);
    // Without a pace half of all calls and more are refused.
    expect(service.throttled / calls).toBeLessThan(0.2);
    const ideal = ((calls - burst) / perSecond) * 1000;
    expect(clock.now() - began).toBeLessThan(1.5 * ideal);
  });

  test("one that never throttles waits for nobody", async () => {
    const clock = new VirtualClock();
    const service = new Service(clock, 1e6, 1e6);
    const pace = new Pace(clock);
    const began = clock.now();
    await Promise.all(
      Array.from({ length: 20_000 }, () => pace.place(() => pace.attempt(() => service.call(), isThrottle))),
    );
    expect(clock.now() - began).toBe(60 * (20_000 / 50));
    expect(pace.rate).toBeUndefined();
  });

  test("other errors are no throttles, and give their place back", async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock, 1);
    const failing = (): Promise<void> =>
      pace.place(() => pace.attempt(() => Promise.reject(new Error("no")), isThrottle));
    await expect(Promise.all([failing(), failing()])).rejects.toThrow("no");
    await expect(failing()).rejects.toThrow("no");
    expect(pace.rate).toBeUndefined();
  });

  test("every other call refused: slow, and never stuck", async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    let at = 0;
    const flaky = async (): Promise<void> => {
      await clock.sleep(20);
      at += 1;
      if (at % 2 === 0) throw new Throttled();
    };
    const began = clock.now();
    await Promise.all(
      Array.from({ length: 100 }, () => pace.place(() => patiently(clock, () => pace.attempt(flaky, isThrottle)))),
    );
    expect(pace.rate).toBeGreaterThanOrEqual(5);
    expect(clock.now() - began).toBeLessThan(60_000);
  });
});

test("what is urgent waits behind nobody: a lease is renewed while a bucket is emptied", async () => {
  // Whatever is not the lease is never answered.
  const server = createServer((request, response) => {
    if (request.url?.includes(LEASE_KEY)) response.writeHead(200).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const target = { region: "us-east-1", endpoint: `http://127.0.0.1:${port}`, credentials };
  const clients = new Clients({ target, calls: new CallLog(), faults, readOnly: true, maxAttempts: 1 });
  const s3 = await clients.of(s3Client);
  const stuck = Array.from({ length: 49 }, (_, at) => s3.getObject({ Bucket: "b", Key: String(at) }));
  for (const one of stuck) one.catch(() => undefined);
  for (let at = 0; at < 500; at++) s3.getObject({ Bucket: "b", Key: `later/${at}` }).catch(() => undefined);
  const lease = await s3.getObject({ Bucket: "b", Key: LEASE_KEY });
  expect(await lease.Body?.transformToString()).toBe("{}");
  server.close();
  server.closeAllConnections();
}, 10_000);
