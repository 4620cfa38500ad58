import { loadLakehouse } from "../../src/cli/lakehouse.ts";
import { compile, dependencies } from "../../src/cli/plan-inputs.ts";
import { findProject } from "../../src/config/index.ts";
import type { Desired } from "../../src/engine/types.ts";

export const ENV = "dev";

/** What the config of a project folder says that there is to be. */
export interface Lakehouse {
  readonly desired: readonly Desired[];
  /** What must be there before what, by address. */
  readonly before: ReadonlyMap<string, readonly string[]>;
}

/** The lakehouse of a project folder. Its config names account and region, so all names are those that apply gives. */
export async function lakehouse(dir: string): Promise<Lakehouse> {
  const { value } = await loadLakehouse(findProject(dir), ENV);
  const offline = await compile(value, ENV, dir);
  const before = new Map<string, string[]>();
  for (const { from, to } of dependencies(offline).edges) before.set(to, [...(before.get(to) ?? []), from]);
  return { desired: offline.input.desired, before };
}

/** An environment with so many jobs more than the ten of the config, of the same script, in moto's account. */
export function environment(jobs: number): string {
  const more = Array.from(
    { length: Math.max(0, jobs - 10) },
    (_, at) => `  more_${at}: {layer: bronze, dataset: patient, script: glue-scripts/jobs/bronze.py}`,
  );
  const place = 'aws: {account: "123456789012", region: us-east-1}\n';
  return `${place}${more.length > 0 ? `jobs:\n${more.join("\n")}\n` : ""}`;
}
