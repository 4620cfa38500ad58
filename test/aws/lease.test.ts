import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LEASE_KEY, LeaseHeld, LeaseHomeless, LeaseLost, type LeaseOptions, S3Lease } from "../../src/aws/lease.ts";
import type { S3 } from "@aws-sdk/client-s3";
import type { Clock } from "../../src/clock/index.ts";
import { type Emulator, startEmulator } from "../harness/moto.ts";
import { ACCOUNT, worldAt } from "../harness/world.ts";
import { VirtualClock } from "../engine/virtual-clock.ts";
import { s3Client } from "../../src/services/s3/client.ts";
import { faults } from "../../src/services/faults.ts";

let emulator: Emulator;
let bucket = "";
let count = 0;
beforeAll(async () => {
  emulator = await startEmulator();
}, 300_000);
afterAll(() => emulator?.stop());

/** Ours only moves when told to, and so does S3's: its answers are dated by it. */
const clock = new VirtualClock(Date.now());
const s3 = async (): Promise<S3> => {
  const client = await worldAt({ endpoint: emulator.endpoint }).clients.of(s3Client);
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const answer = await handle(request, options);
    answer.response.headers["date"] = new Date(clock.now()).toUTCString();
    return answer;
  };
  return client;
};
/** A laptop whose clock is off. */
const off = (hours: number): Clock => ({
  now: () => clock.now() + hours * 3_600_000,
  sleep: (ms, signal) => clock.sleep(ms, signal),
});
const lease = (more: Partial<LeaseOptions> = {}): S3Lease =>
  new S3Lease({ s3, bucket, account: ACCOUNT, faults, clock, ...more });

async function record(): Promise<Record<string, unknown>> {
  const object = await (await s3()).getObject({ Bucket: bucket, Key: LEASE_KEY });
  return JSON.parse((await object.Body?.transformToString()) ?? "{}") as Record<string, unknown>;
}

async function forge(change: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify({ ...(await record()), ...change });
  await (await s3()).putObject({ Bucket: bucket, Key: LEASE_KEY, Body: body });
}

beforeEach(async () => {
  bucket = `lease-test-${process.pid}-${(count += 1)}`;
  await (await s3()).createBucket({ Bucket: bucket });
  await (await s3()).putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } });
});

describe("the lease in S3", () => {
  test("without its bucket there is no lease", async () => {
    await expect(lease({ bucket: `${bucket}-not-there` }).acquire()).rejects.toBeInstanceOf(LeaseHomeless);
  });

  test("one holds it, the other is told who and since when; given back, the other takes it without a notice", async () => {
    const [one, two] = [lease(), lease()];
    expect((await one.acquire()).notice).toBeUndefined();
    const held = await two.acquire().catch((error: unknown) => error);
    expect(held).toBeInstanceOf(LeaseHeld);
    expect(held).toMatchObject({ code: "lease_held" });
    expect(String(held)).toMatch(/@.* \(process \d+\) has been changing this environment since 20\d\d-/);
    await one.release();
    expect((await two.acquire()).notice).toBeUndefined();
    await two.release();
  });

  test.each([-13, -0.5, 0.5, 13])(
    "a laptop whose clock is %i hours off does not take a living lease",
    async (hours) => {
      const one = lease();
      await one.acquire();
      const held: unknown = await lease({ clock: off(hours) })
        .acquire()
        .catch((error: unknown) => error);
      expect(held).toBeInstanceOf(LeaseHeld);
      expect(held).toMatchObject({ fix: expect.stringMatching(/ends by itself in (59|60|61) s/) as string });
      await one.release();
    },
  );

  test.each([-13, 13])("a laptop whose clock is %i hours off holds and renews its own", async (hours) => {
    const one = lease({ clock: off(hours) });
    expect((await one.acquire()).notice).toBeUndefined();
    for (let round = 0; round < 3; round += 1) {
      clock.advance(40_000);
      await one.renew();
      await expect(lease().acquire()).rejects.toBeInstanceOf(LeaseHeld);
    }
    const { since, expires } = await record();
    expect(Math.abs(Date.parse(String(since)) + 120_000 - clock.now())).toBeLessThan(1500);
    expect(Math.abs(Date.parse(String(expires)) - 60_000 - clock.now())).toBeLessThan(1500);
    // And what is over is over for it.
    clock.advance(62_000);
    await forge({ machine: "elsewhere" });
    expect((await lease({ clock: off(-hours) }).acquire()).notice).toMatch(/took over/);
  });

  test("of many at once exactly one takes it", async () => {
    for (let round = 0; round < 5; round += 1) {
      const all = Array.from({ length: 6 }, () => lease());
      const results = await Promise.allSettled(all.map((one) => one.acquire()));
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      await Promise.all(all.map((one) => one.release()));
    }
  });

  test("it is held as long as it is renewed, and free when it ran out", async () => {
    const one = lease();
    await one.acquire();
    clock.advance(50_000);
    await one.renew();
    clock.advance(50_000);
    await expect(lease().acquire()).rejects.toBeInstanceOf(LeaseHeld);
    await forge({ machine: "elsewhere" });
    clock.advance(20_000);
    expect((await lease().acquire()).notice).toContain("took over the lease of");
    await expect(one.renew()).rejects.toBeInstanceOf(LeaseLost);
    // Whoever lost it does not give back what is another's.
    await one.release();
    expect((await record()).state).toBe("held");
  });

  test("a dead process of this machine holds nothing, one elsewhere does", async () => {
    await lease().acquire();
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    await forge({ pid: dead });
    const two = lease();
    expect((await two.acquire()).notice).toContain(`process ${dead}`);
    await forge({ machine: "elsewhere", token: "another" });
    await expect(lease().acquire()).rejects.toBeInstanceOf(LeaseHeld);
  });

  test("waiting takes it as soon as it is free", async () => {
    const [one, two] = [lease(), lease({ waitMs: 120_000, onWait: () => void one.release() })];
    await one.acquire();
    expect((await two.acquire()).notice).toBeUndefined();
    await two.release();
    const three = lease();
    await three.acquire();
    await expect(lease({ waitMs: 5000 }).acquire()).rejects.toBeInstanceOf(LeaseHeld);
    await three.release();
  });

  test("a write whose answer was lost is recognised as ours", async () => {
    const one = lease();
    await one.acquire();
    await forge({ expires: new Date(clock.now() + 60_000).toISOString() });
    await one.renew();
    await one.renew();
    expect((await record()).state).toBe("held");
    await one.release();
  });

  test("what cannot be read protects nobody", async () => {
    await (await s3()).putObject({ Bucket: bucket, Key: LEASE_KEY, Body: "not json" });
    expect((await lease().acquire()).notice).toBeUndefined();
  });

  test("it is told as soon as it is written; in a new place nobody asks first, and whoever was faster there keeps it", async () => {
    const told: unknown[] = [];
    const written = (known: object): void => void told.push(known);
    const one = lease();
    expect(await one.acquire({ newPlace: true, written })).toEqual({ fresh: true });
    await expect(lease().acquire({ newPlace: true, written })).rejects.toBeInstanceOf(LeaseHeld);
    await one.release(true);
    const two = lease();
    expect(await two.acquire({ newPlace: true, written })).toEqual({ recent: true });
    expect(told).toEqual([{ fresh: true }, { recent: true }]);
    await two.release();
  });

  test("only one that lies there: where none lies none is written", async () => {
    expect(
      await lease({ bucket: `${bucket}-not-there` })
        .acquireKnown()
        .catch(() => "homeless"),
    ).toBe("homeless");
    expect(await lease().acquireKnown()).toBeUndefined();
    await expect(record()).rejects.toThrow();
    const one = lease();
    expect(await one.acquire()).toEqual({ fresh: true });
    await expect(lease().acquireKnown()).rejects.toBeInstanceOf(LeaseHeld);
    await one.release();
    const two = lease();
    expect(await two.acquireKnown()).toEqual({});
    await two.release();
  });

  test("it remembers for a while that something was changed, through those who change nothing and those who died", async () => {
    const one = lease();
    await one.acquire();
    await one.release(true);
    const two = lease();
    expect(await two.acquire()).toEqual({ recent: true });
    await two.release();
    expect(await record()).toMatchObject({ changed: expect.any(String) as string });
    clock.advance(16 * 60_000);
    const three = lease();
    expect(await three.acquire()).toEqual({});
    await forge({ pid: spawnSync(process.execPath, ["-e", ""]).pid });
    expect(await lease().acquire()).toMatchObject({ recent: true, notice: expect.any(String) as string });
  });

  test("removing leaves no version behind, so that the bucket can go", async () => {
    const one = lease();
    await one.acquire();
    await one.renew();
    await one.remove();
    const left = await (await s3()).listObjectVersions({ Bucket: bucket });
    expect([...(left.Versions ?? []), ...(left.DeleteMarkers ?? [])]).toEqual([]);
    await (await s3()).deleteBucket({ Bucket: bucket });
    await expect(lease().acquire()).rejects.toBeInstanceOf(LeaseHomeless);
  });

  test("it says which handles leave with it", () => {
    expect(lease().handles).toEqual([`s3://${bucket}/${LEASE_KEY}`]);
  });
});
