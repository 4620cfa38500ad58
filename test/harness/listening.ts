import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What a process may have closed, or have ended with, since it was listed. */
function unlessGone<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look();
  } catch {
    return [];
  }
}

/** The TCP ports that a process of this user listens on, as `ss -ltnp` shows them (Linux); none of one that is gone. */
export function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    unlessGone(() => readdirSync(`/proc/${pid}/fd`)).flatMap((fd) =>
      unlessGone(() => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.slice(1, 2) ?? []),
    ),
  );
  const rows = ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").trim().split("\n").slice(1));
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode = ""] = row.trim().split(/\s+/);
    return state === "0A" && sockets.has(inode) ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
  });
}
