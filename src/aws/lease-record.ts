import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";

/** What lies in S3: who may change this environment now, since when, and until when without news. */
export interface LeaseRecord {
  readonly version: 1;
  readonly state: "held" | "released";
  /** `user@host`. */
  readonly holder: string;
  /** Where process ids mean the same: `machineId()`. */
  readonly machine: string;
  readonly pid: number;
  /** Tells this holding from every other, also of the same process. */
  readonly token: string;
  /** ISO-8601, UTC. */
  readonly since: string;
  readonly expires: string;
  /** When an apply has last changed or removed something that was there: a search for tags hears of it late. */
  readonly changed?: string;
}

/** Undefined for half a file and for what is not ours: nobody can rely on it. */
export function parseLease(text: string | undefined): LeaseRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isRecord(value) ? value : undefined;
  } catch {
    // Not JSON.
    return undefined;
  }
}

function isRecord(value: unknown): value is LeaseRecord {
  if (typeof value !== "object" || value === null) return false;
  const { state, holder, machine, pid, token, since, expires, changed } = value as Partial<
    Record<keyof LeaseRecord, unknown>
  >;
  return (
    (state === "held" || state === "released") &&
    [holder, machine, token, since].every((text) => typeof text === "string") &&
    typeof pid === "number" &&
    (changed === undefined || typeof changed === "string") &&
    typeof expires === "string" &&
    !Number.isNaN(Date.parse(expires))
  );
}

/** Signal 0 asks the kernel; a process of another user answers EPERM and is alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The user's name, or the id of one without a name (in a container). */
function user(): string {
  try {
    return userInfo().username;
  } catch {
    // No name for this id.
    return String(process.getuid?.() ?? "unknown");
  }
}

/** `user@host`, for people. */
export const holderText = (): string => `${user()}@${hostname()}`;

/** Containers may share a host name and not their process ids: the kernel's boot and the pid namespace tell them apart. */
export function machineId(): string {
  return [
    hostname(),
    quietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    quietly(() => readlinkSync("/proc/self/ns/pid")),
  ]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** Undefined where there is no `/proc`. */
function quietly(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
