import type { ErrorCode } from "../codes/index.ts";
import type { Faults } from "./faults.ts";
import type { LeaseRecord } from "./lease-record.ts";

/** Somebody else applies right now. */
export class LeaseHeld extends Error {
  readonly code = "lease_held" satisfies ErrorCode;
  readonly fix: string;
  constructor(
    readonly record: LeaseRecord,
    now: number,
  ) {
    super(`${record.holder} (process ${record.pid}) has been changing this environment since ${record.since}`);
    this.name = "LeaseHeld";
    const left = Math.max(1, Math.ceil((Date.parse(record.expires) - now) / 1000));
    this.fix = `Wait for it (\`--wait\` does). Should that process be dead, its lease ends by itself in ${left} s.`;
  }
}

/** Somebody else took the lease while it was ours: this machine slept, or could not reach S3 for longer than it lasts. */
export class LeaseLost extends Error {
  readonly code = "lease_lost" satisfies ErrorCode;
  readonly fix = "Run the same command again: it goes on where this one stopped.";
  constructor(readonly record: LeaseRecord | undefined) {
    super(record ? `the lease of this environment went to ${record.holder}` : "the lease of this environment is gone");
    this.name = "LeaseLost";
  }
}

/** The bucket in which the lease would lie does not exist. */
export class LeaseHomeless extends Error {
  readonly code = "lease_homeless" satisfies ErrorCode;
  constructor(readonly bucket: string) {
    super(`the bucket that carries the lease does not exist: ${bucket}`);
    this.name = "LeaseHomeless";
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "");
/** What S3's errors mean for a lease. */
export const isMissingBucket = (error: unknown): boolean => nameOf(error) === "NoSuchBucket";
/** 412: the object is another one. 409: two conditional writes met. 404: it was there when it was read. */
export const lostRace = (error: unknown): boolean =>
  /^(PreconditionFailed|ConditionalRequestConflict|NoSuchKey|NotFound)$/.test(nameOf(error));

export const passing = ({ classify }: Pick<Faults, "classify">, error: unknown): boolean =>
  ["throttle", "ambiguous", "conflict", "unreachable"].includes(
    classify(error, { name: "s3:PutObject", touched: new Set() }).class,
  );
