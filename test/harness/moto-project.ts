import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../services/compile/project.ts";
import { motoGaps } from "./faults/moto-gaps.ts";
import { type Rule, startFaultProxy } from "./faults/proxy.ts";
import { startMoto, type Emulator } from "./moto.ts";
import { type InProcess, inProcess, pointAt } from "./in-process.ts";

/** A project folder whose `dev` lives on a moto of its own, and the command line in it. */
export interface MotoProject {
  readonly dir: string;
  readonly emulator: Emulator;
  run(...argv: string[]): Promise<InProcess>;
  /** Puts rules before moto, beside those for what it lacks. */
  use(...rules: readonly Rule[]): void;
  /** Replaces the text of the environment's config. */
  config(text: string): void;
  /** Replaces a part of the base config. */
  edit(from: string | RegExp, to: string): void;
  stop(): Promise<void>;
}

/** What moto lacks and is known for is done by a proxy before it. */
export async function motoProject(): Promise<MotoProject> {
  const emulator = await startMoto();
  const proxy = await startFaultProxy(emulator.endpoint);
  proxy.use(...motoGaps());
  pointAt(proxy.endpoint);
  const folder = project();
  const base = join(folder.dir, "config", "lakehouse.yaml");
  return {
    dir: folder.dir,
    emulator,
    run: (...argv) => inProcess(folder.dir, argv),
    use: (...rules) => proxy.use(...rules, ...motoGaps()),
    config: (text) => writeFileSync(join(folder.dir, "config", "dev.yaml"), text),
    edit: (from, to) => {
      const before = readFileSync(base, "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${String(from)} is not in the config`);
      writeFileSync(base, after);
    },
    stop: async () => {
      folder.remove();
      await proxy.down();
      await emulator.stop();
    },
  };
}
