import { spawn } from "node:child_process";

/** How a program ended. `code` is null when it could not be started or was killed. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  signal?: AbortSignal;
  onLine?(line: string): void;
}

/** Cuts a stream into lines; the callback gets each without its line end. `flush` hands out an unfinished last one. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: string): void; flush(): void } {
  let rest = "";
  return {
    push(chunk) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) onLine(part.endsWith("\r") ? part.slice(0, -1) : part);
    },
    flush() {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}

/** Runs a program to its end in a process group of its own, so that an abort takes its children too. Never rejects for the program's failure. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const { signal } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const lines = lineSplitter((line) => options.onLine?.(line));
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      lines.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
    });
    const abort = (): void => killGroup(child.pid, "SIGKILL");
    signal?.addEventListener("abort", abort, { once: true });
    const end = (code: number | null): void => {
      signal?.removeEventListener("abort", abort);
      lines.flush();
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, stdout, stderr });
    };
    child.on("error", (error) => {
      stderr += String(error);
      end(null);
    });
    child.on("close", (code) => end(code));
  });
}

/** Sends a signal to a whole process group; one that is gone already is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody left in it.
  }
}
