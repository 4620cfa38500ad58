import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LocalPaths } from "./paths.ts";
import { LocalProblem } from "./problem.ts";

/** A socket file in a folder that its owner alone may enter. */
export interface SocketFile {
  readonly file: string;
  /** Makes the folder; refuses one that is somebody else's. */
  make(): Promise<void>;
  remove(): Promise<void>;
}

// The kernel's `sun_path` takes 104 bytes on macOS and 108 on Linux, the closing zero included.
const LONGEST = 100;

/** The emulator's socket: in the project's own folder, or, where its path is too long for a socket, under the system's. */
export function socketFile(paths: Pick<LocalPaths, "local" | "tmp">, temporary = "/tmp"): SocketFile {
  const own = join(paths.tmp, "emulator", "s");
  const name = createHash("sha256").update(paths.local).digest("hex").slice(0, 16);
  const file = Buffer.byteLength(own) <= LONGEST ? own : join(temporary, `metriccare-${name}`, "s");
  const folder = dirname(file);
  return {
    file,
    async make() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const found = await lstat(folder);
      // Under /tmp anybody may have made it before us, to see what comes in.
      if (!found.isDirectory() || found.uid !== process.getuid?.())
        throw new LocalProblem(
          "socket_folder",
          `${folder} belongs to somebody else.`,
          "Remove it, or move the project to a shorter path.",
        );
      await chmod(folder, 0o700);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
