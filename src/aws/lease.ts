import { randomUUID } from "node:crypto";
import type { S3 } from "@aws-sdk/client-s3";
import type { Clock } from "../clock/index.ts";
import type { Faults } from "./faults.ts";
import { ServerTime } from "./server-time.ts";
import { isMissingBucket, LeaseHeld, LeaseHomeless, LeaseLost, lostRace, passing } from "./lease-errors.ts";
import { holderText, isAlive, type LeaseRecord, machineId, parseLease } from "./lease-record.ts";

export { LeaseHeld, LeaseHomeless, LeaseLost } from "./lease-errors.ts";

/** As the engine's `Taking`. */
interface Taking {
  readonly written?: (known: Pick<TakenLease, "fresh" | "recent">) => void;
  readonly newPlace?: boolean;
}

interface TakenLease {
  /** Said when it was taken over from a dead holder. */
  readonly notice?: string;
  /** None had lain there before. */
  readonly fresh?: boolean;
  /** An apply has changed tags so lately that a search for tags may not have heard of it. */
  readonly recent?: boolean;
}

export const LEASE_KEY = "metriccare/lease.json";

export interface LeaseOptions {
  readonly s3: () => Promise<S3>;
  readonly bucket: string;
  /** What errors mean. */
  readonly faults: Pick<Faults, "classify" | "isAbsent">;
  /** Account that must own the bucket: never a stranger's. */
  readonly account: string;
  readonly clock: Clock;
  /** Default 60,000: what a dead holder costs its successor at most. */
  readonly ttlMs?: number;
  /** Wait for the holder, up to so many milliseconds. Default 0: throw `LeaseHeld` at once. */
  readonly waitMs?: number;
  /** Told about once every ten seconds of waiting. */
  readonly onWait?: (held: LeaseHeld) => void;
  readonly signal?: AbortSignal;
}

/** Tokens of leases that this process holds: another token under our own pid is a dead one. */
const ours = new Set<string>();
const POLL_MS = 2000;
/** How long a search for tags is not believed after a change. AWS names no bound: it is mostly seconds, sometimes minutes. */
const LATE_MS = 15 * 60_000;

interface Found {
  readonly etag: string;
  /** Undefined when what lies there cannot be read: then it protects nobody. */
  readonly record: LeaseRecord | undefined;
}

/**
 * One apply at a time: an object in the scripts bucket, created with If-None-Match and taken over with If-Match, so that
 * of two that try at once exactly one succeeds.
 */
export class S3Lease {
  readonly renewEveryMs: number;
  readonly #token = randomUUID();
  /** Whose clock counts: S3's. A laptop's that is hours off neither takes a living lease nor gives up its own. */
  readonly #time: ServerTime;
  readonly #ttl: number;
  #etag: string | undefined;
  #since = "";
  #changed: string | undefined;
  #expires = 0;

  constructor(readonly options: LeaseOptions) {
    this.#time = new ServerTime(options.clock);
    this.#ttl = options.ttlMs ?? 60_000;
    this.renewEveryMs = Math.floor(this.#ttl / 3);
  }

  /** Handles under which a plan knows the lease object (it leaves with its bucket). */
  get handles(): readonly string[] {
    return [`s3://${this.options.bucket}/${LEASE_KEY}`];
  }

  /** The same of one that lies there. Where none lies nothing is written: the bucket may be a stranger's. */
  async acquireKnown(taking: Taking = {}): Promise<TakenLease | undefined> {
    const found = await this.#read();
    return found && this.#acquire(found, taking);
  }

  /** Takes the lease, says so when it comes from a dead holder. Throws `LeaseHeld` or `LeaseHomeless`. */
  async acquire(taking: Taking = {}): Promise<TakenLease> {
    return this.#acquire(taking.newPlace ? undefined : await this.#read(), taking);
  }

  async #acquire(found: Found | undefined, taking: Taking): Promise<TakenLease> {
    const { clock, waitMs = 0, onWait, signal } = this.options;
    const until = clock.now() + waitMs;
    let told = Number.NEGATIVE_INFINITY;
    for (let first: Found | undefined = found; ; first = await this.#read()) {
      const held = await this.#try(first, taking);
      if (!(held instanceof LeaseHeld)) return held;
      if (clock.now() >= until) throw held;
      if (clock.now() - told >= 10_000) {
        onWait?.(held);
        told = clock.now();
      }
      await clock.sleep(Math.min(POLL_MS, until - clock.now()), signal);
    }
  }

  /** One attempt. A lost race is read again: then there is a holder to name. */
  async #try(first: Found | undefined, taking: Taking): Promise<TakenLease | LeaseHeld> {
    for (let found = first; ; found = await this.#read()) {
      const taken = await this.#over(found, taking);
      if (taken) return taken;
    }
  }

  /** Takes the place of what was found there; undefined where somebody else was faster. */
  async #over(found: Found | undefined, { written }: Taking): Promise<TakenLease | LeaseHeld | undefined> {
    if (found?.record && this.#isMine(found.record)) {
      this.#took(found.etag, found.record);
      return {};
    }
    if (found?.record && this.#holds(found.record)) return new LeaseHeld(found.record, this.#time.now());
    this.#since = new Date(this.#time.now()).toISOString();
    // Nobody knows how far one came that did not give it back.
    const broken = found?.record?.state === "held";
    this.#changed = broken ? this.#since : found?.record?.changed;
    const known = (): Pick<TakenLease, "fresh" | "recent"> => ({
      ...(found ? {} : { fresh: true }),
      ...(this.#recent ? { recent: true } : {}),
    });
    if (!(await this.#take(found?.etag, () => written?.(known())))) return undefined;
    return broken
      ? {
          ...known(),
          notice: `took over the lease of ${found.record.holder} (process ${found.record.pid}, since ${found.record.since}), who did not give it back`,
        }
      : known();
  }

  get #recent(): boolean {
    return this.#changed !== undefined && Date.parse(this.#changed) + LATE_MS > this.#time.now();
  }

  /** Writes our record and looks whether it is the one that lies there: not every S3 is as atomic as AWS's. */
  async #take(over: string | undefined, written: () => void): Promise<boolean> {
    // Before the write is answered others may read it: it must not look dead to them.
    ours.add(this.#token);
    try {
      const etag = await this.#write("held", over);
      if (etag !== undefined) {
        written();
        if ((await this.#read())?.record?.token === this.#token) return true;
      }
      this.#forget();
      return false;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  #forget(): void {
    ours.delete(this.#token);
    this.#etag = undefined;
  }

  /** Extends the lease by its full length. Throws `LeaseLost` when it went to somebody else or could not be renewed in time. */
  async renew(): Promise<void> {
    const until = this.#expires;
    try {
      if ((await this.#write("held", this.#etag, until)) !== undefined) return;
      const found = await this.#read(until);
      // Our own write, whose answer was lost.
      if (found?.record && this.#isMine(found.record)) this.#took(found.etag, found.record);
      else throw this.#lost(found?.record);
    } catch (error) {
      throw error instanceof LeaseHomeless || passing(this.options.faults, error) ? this.#lost(undefined) : error;
    }
  }

  /** Gives the lease back; whoever took it over meanwhile keeps it. */
  async release(changed = false): Promise<void> {
    if (this.#etag === undefined) return;
    if (changed) this.#changed = new Date(this.#time.now()).toISOString();
    ours.delete(this.#token);
    await this.#write("released", this.#etag);
    this.#etag = undefined;
  }

  /** Gives the lease back and removes every version of its object, for whoever leaves nothing behind. */
  async remove(): Promise<void> {
    await this.release();
    const { bucket, account } = this.options;
    const place = { Bucket: bucket, ExpectedBucketOwner: account };
    for (;;) {
      const page = await this.#send(undefined, (s3) =>
        s3.listObjectVersions({ ...place, Prefix: LEASE_KEY, MaxKeys: 1000 }),
      );
      const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].filter(({ Key }) => Key === LEASE_KEY);
      if (versions.length === 0) return;
      for (const { VersionId } of versions) {
        await this.#send(undefined, (s3) =>
          s3.deleteObject({ ...place, Key: LEASE_KEY, ...(VersionId ? { VersionId } : {}) }),
        );
      }
    }
  }

  #isMine(record: LeaseRecord): boolean {
    return record.token === this.#token && record.state === "held";
  }

  #took(etag: string, record: LeaseRecord): void {
    ours.add(this.#token);
    this.#etag = etag;
    this.#since = record.since;
    this.#expires = Date.parse(record.expires);
  }

  #lost(record: LeaseRecord | undefined): LeaseLost {
    this.#forget();
    return new LeaseLost(record);
  }

  /** True for a lease that still protects somebody: held, not expired, and not of a process of this machine that is dead. */
  #holds(record: LeaseRecord): boolean {
    if (record.state !== "held" || Date.parse(record.expires) <= this.#time.now()) return false;
    if (record.machine !== machineId()) return true;
    return record.pid === process.pid ? ours.has(record.token) : isAlive(record.pid);
  }

  async #read(until?: number): Promise<Found | undefined> {
    const { bucket, account } = this.options;
    try {
      return await this.#send(until, async (s3) => {
        const object = await s3.getObject({ Bucket: bucket, Key: LEASE_KEY, ExpectedBucketOwner: account });
        return { etag: object.ETag ?? "", record: parseLease(await object.Body?.transformToString()) };
      });
    } catch (error) {
      if (isMissingBucket(error)) throw new LeaseHomeless(bucket);
      if (this.options.faults.isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Repeats after passing faults, for 30 s or until `until`. */
  async #send<T>(until: number | undefined, call: (s3: S3) => Promise<T>): Promise<T> {
    const { clock, faults } = this.options;
    const s3 = this.#time.watch(await this.options.s3());
    const end = until ?? this.#time.now() + 30_000;
    for (let pause = 500; ; pause = Math.min(pause * 2, 4000)) {
      try {
        return await call(s3);
      } catch (error) {
        if (!passing(faults, error) || lostRace(error) || this.#time.now() + pause >= end) throw error;
        await clock.sleep(pause);
      }
    }
  }

  /** The new ETag, or undefined when somebody else wrote first. Without `over` there must be nothing yet. */
  async #write(state: LeaseRecord["state"], over: string | undefined, until?: number): Promise<string | undefined> {
    const { bucket, account } = this.options;
    const expires = this.#time.now() + this.#ttl;
    const record: LeaseRecord = {
      version: 1,
      state,
      holder: holderText(),
      machine: machineId(),
      pid: process.pid,
      token: this.#token,
      since: this.#since,
      expires: new Date(expires).toISOString(),
      ...(this.#changed === undefined ? {} : { changed: this.#changed }),
    };
    try {
      const answer = await this.#send(until, (s3) =>
        s3.putObject({
          Bucket: bucket,
          Key: LEASE_KEY,
          Body: `${JSON.stringify(record)}\n`,
          ContentType: "application/json",
          ExpectedBucketOwner: account,
          ...(over === undefined ? { IfNoneMatch: "*" } : { IfMatch: over }),
        }),
      );
      this.#etag = answer.ETag ?? "";
      this.#expires = expires;
      return this.#etag;
    } catch (error) {
      if (isMissingBucket(error)) throw new LeaseHomeless(bucket);
      if (lostRace(error)) return undefined;
      throw error;
    }
  }
}
