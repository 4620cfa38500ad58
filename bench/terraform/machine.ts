import { execFileSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";

/** Where and of what it was measured: figures say little without. */
export interface Machine {
  readonly at: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
}

function commitOf(repository: string): string {
  try {
    const git = (...argv: string[]): string => execFileSync("git", argv, { cwd: repository, encoding: "utf8" }).trim();
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : " with changes"}`;
  } catch {
    // An unpacked archive has no history.
    return "unknown";
  }
}

export const machine = (repository: string): Machine => ({
  at: new Date().toISOString(),
  commit: commitOf(repository),
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1024 ** 3),
  system: `${type()} ${release()}`,
  node: process.versions.node,
});
