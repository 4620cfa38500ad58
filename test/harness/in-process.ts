import { PassThrough } from "node:stream";
import { resolve } from "node:path";
import { vi } from "vitest";
import type { Observe } from "../../src/aws/clients.ts";
import { systemClock } from "../../src/clock/index.ts";
import { execute } from "../../src/cli/main.ts";
import { terminal } from "../../src/ui/terminal.ts";

export type Called = Parameters<Observe>[0];

export interface InProcess {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Every command that was given to an SDK client, with its input. */
  readonly calls: readonly Called[];
}

/** Points the SDK of this test worker at an emulator, as the standard AWS variables do. */
export function pointAt(endpoint: string, keys = { accessKeyId: "test", secretAccessKey: "test" }): void {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", keys.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", keys.secretAccessKey);
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
}

/** Runs a whole command line in this process and watches what it sends. */
export async function inProcess(cwd: string, argv: readonly string[]): Promise<InProcess> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const text = { out: "", err: "" };
  stdout.on("data", (chunk: Buffer) => (text.out += chunk.toString("utf8")));
  stderr.on("data", (chunk: Buffer) => (text.err += chunk.toString("utf8")));
  const calls: Called[] = [];
  const term = terminal(
    { stdin: new PassThrough(), stdout, stderr, env: { ...process.env, NO_COLOR: "1" } },
    argv.includes("--json"),
  );
  const code = await execute(argv, {
    term,
    clock: systemClock,
    cwd: resolve(cwd),
    env: process.env,
    interrupt: new AbortController().signal,
    interruptNow: new AbortController().signal,
    observe: (call) => void calls.push(call),
  });
  return { code, ...text, calls };
}
