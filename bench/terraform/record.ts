import { PassThrough } from "node:stream";
import type { Observe } from "../../src/aws/clients.ts";
import { execute } from "../../src/cli/main.ts";
import { systemClock } from "../../src/clock/index.ts";
import { terminal } from "../../src/ui/terminal.ts";
import type { Rule } from "../../test/harness/faults/proxy.ts";
import { inWaves } from "../../test/harness/faults/waves.ts";
import type { Sent } from "./floor-calls.ts";

type Observed = Parameters<Observe>[0];

/** Runs a command in this process, whose environment says where AWS is, and tells what it gave to SDK clients. */
async function observed(cwd: string, argv: readonly string[]): Promise<readonly Observed[]> {
  const all: Observed[] = [];
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let said = "";
  for (const stream of [stdout, stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const code = await execute(argv, {
    term: terminal({ stdin: new PassThrough(), stdout, stderr, env: process.env }, true),
    clock: systemClock,
    cwd,
    env: process.env,
    interrupt: new AbortController().signal,
    interruptNow: new AbortController().signal,
    observe: (call) => void all.push(call),
  });
  if (code !== 0) throw new Error(`metriccare ${argv.join(" ")} ended with ${code}: ${said.slice(-2000)}`);
  return all;
}

/** Lets calls through in waves, and notes which came in which. */
function noting(): { readonly rule: Rule; readonly noted: Map<string, number[]> } {
  const waves = inWaves();
  const noted = new Map<string, number[]>();
  const rule: Rule = {
    ...waves.rule,
    around: async (call, work) => {
      const note = async (): Promise<void> => {
        // What the SDK sends once more is the same call of the command's.
        if (call.attempt === 1) {
          const name = `${call.service}:${call.operation}`;
          noted.set(name, [...(noted.get(name) ?? []), waves.count]);
        }
        await work();
      };
      await (waves.rule.around ?? (async (_, go) => go()))(call, note);
    },
  };
  return { rule, noted };
}

/**
 * The calls of a command in waves: those of one wait for an answer of the one before. `under` runs the command behind a rule.
 * An observed call knows its input, one that came by knows its wave: the same call is the one as often of that name.
 */
export async function recordWaves(
  cwd: string,
  argv: readonly string[],
  under: (rule: Rule, work: () => Promise<readonly Observed[]>) => Promise<readonly Observed[]>,
): Promise<readonly (readonly Sent[])[]> {
  const { rule, noted } = noting();
  const all = await under(rule, () => observed(cwd, argv));
  const met = new Map<string, number>();
  const waves: Sent[][] = [];
  for (const { service, operation, input } of all) {
    const name = `${service}:${operation}`;
    const nth = met.get(name) ?? 0;
    met.set(name, nth + 1);
    const wave = noted.get(name)?.[nth];
    if (wave === undefined) throw new Error(`${name} was sent and never came by`);
    (waves[wave - 1] ??= []).push({ service, operation, input });
  }
  return waves.filter((wave) => wave !== undefined);
}
