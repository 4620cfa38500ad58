import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Emulator } from "../../test/harness/moto.ts";
import { Stage } from "../stage.ts";
import { type Case, CASES } from "./cases.ts";
import { callsOf, type Figures, figuresOf, type Measured, ratios, type Run, tableOf } from "./figures.ts";
import { writeWaves } from "./floor-calls.ts";
import { ENV, environment, type Lakehouse, lakehouse } from "./lakehouse.ts";
import { machine } from "./machine.ts";
import { recordWaves } from "./record.ts";
import { type Cost, environmentAt, Runner } from "./run.ts";
import { findTerraform, type Terraform, TerraformFolder } from "./theirs.ts";
import { copyOf, World } from "./world.ts";

export interface TerraformOptions {
  readonly repository: string;
  readonly rounds: number;
  readonly latencies: readonly number[];
  readonly jobs: readonly number[];
  readonly cases: readonly string[];
  say(text: string): void;
}

/** What both of them left behind, for commands that find something there. */
interface Bases {
  readonly ours: Emulator;
  readonly theirs?: Emulator;
}

/** A lakehouse of so many jobs, described to both. */
class Bench {
  #theirs: TerraformFolder | undefined;

  private constructor(
    readonly o: TerraformOptions,
    readonly stage: Stage,
    readonly world: World,
    readonly wanted: Lakehouse,
    readonly runner: Runner,
  ) {}

  static async make(o: TerraformOptions, stage: Stage, world: World, jobs: number): Promise<Bench> {
    stage.write(`config/${ENV}.yaml`, environment(jobs));
    return new Bench(o, stage, world, await lakehouse(stage.dir), new Runner(o.repository, stage.dir));
  }

  /** What there is of Terraform here, or why there is none. */
  async describe(jobs: number): Promise<Terraform | string> {
    const folder = new TerraformFolder(join(this.stage.dir, `terraform-${jobs}`), this.world.proxy.endpoint);
    const found = await findTerraform(folder, this.wanted);
    if (typeof found !== "string") this.#theirs = folder;
    return found;
  }

  get #env(): Record<string, string> {
    return environmentAt(this.world.proxy.endpoint);
  }

  #ours(argv: readonly string[]): Promise<Cost> {
    const bin = join(this.o.repository, "bin", "metriccare");
    return this.runner.run({ cwd: this.stage.dir, env: this.#env, argv: [process.execPath, bin, ...argv] });
  }

  /** Both make the lakehouse, each in an account of its own. */
  async bases(): Promise<Bases> {
    const { world } = this;
    // The emulator loads more of a service with the first call to it: that is nobody's time.
    await world.at(world.empty, 0, () => this.#ours(CASES["diff"]?.ours ?? []));
    const ours = await copyOf(world.empty);
    await world.at(ours, 0, () => this.#ours(CASES["apply"]?.ours ?? []));
    const folder = this.#theirs;
    if (!folder) return { ours };
    const theirs = await copyOf(world.empty);
    folder.begin(false);
    await world.at(theirs, 0, () => folder.terraform(...(CASES["apply"]?.theirs ?? [])));
    folder.keepState();
    return { ours, theirs };
  }

  /** The calls of a case in waves, in a file for the floor. Answers how many waves they are. */
  async record(one: Case, { ours }: Bases, file: string): Promise<number> {
    const { world, stage, wanted } = this;
    const from = one.applied ? ours : world.empty;
    const { said } = await world.on(from, 0, async (moto) => {
      await one.before?.(moto.endpoint, wanted);
      return recordWaves(stage.dir, one.ours, async (rule, work) => (await world.at(moto, 0, work, rule)).said);
    });
    writeWaves(file, said);
    return said.length;
  }

  async #measured(one: Case, from: Emulator, latencyMs: number, work: () => Promise<Cost>): Promise<Run> {
    const { said, seen } = await this.world.on(from, latencyMs, async (moto) => {
      await one.before?.(moto.endpoint, this.wanted);
      return work();
    });
    return { ...said, ...seen };
  }

  /** One after the other in each round: what else the machine does meanwhile is everybody's. */
  async measure(one: Case, bases: Bases, latencyMs: number, calls: string): Promise<Omit<Measured, "jobs" | "waves">> {
    const runs = { ours: [] as Run[], floor: [] as Run[], terraform: [] as Run[] };
    const floor = join(this.o.repository, ".metriccare", "bench", "floor", "floor.mjs");
    const { empty } = this.world;
    for (let round = 0; round < this.o.rounds; round++) {
      const from = one.applied ? bases.ours : empty;
      runs.ours.push(await this.#measured(one, from, latencyMs, () => this.#ours(one.ours)));
      const bare = { cwd: this.stage.dir, env: this.#env, argv: [process.execPath, floor, calls] };
      runs.floor.push(await this.#measured(one, from, latencyMs, () => this.runner.run(bare)));
      const folder = this.#theirs;
      if (!folder || !bases.theirs) continue;
      folder.begin(one.applied);
      const theirs = { cwd: folder.dir, env: folder.env, argv: ["terraform", ...one.theirs] };
      const there = one.applied ? bases.theirs : empty;
      runs.terraform.push(await this.#measured(one, there, latencyMs, () => this.runner.run(theirs)));
    }
    const terraform: { terraform?: Figures } =
      runs.terraform.length > 0 ? { terraform: figuresOf(runs.terraform) } : {};
    return { latencyMs, name: one.name, ours: figuresOf(runs.ours), floor: figuresOf(runs.floor), ...terraform };
  }
}

async function ofJobs(o: TerraformOptions, stage: Stage, world: World, jobs: number): Promise<Measured[]> {
  const bench = await Bench.make(o, stage, world, jobs);
  const found = await bench.describe(jobs);
  o.say(
    typeof found === "string"
      ? `Terraform is not measured: ${found}`
      : `Terraform ${found.version}, AWS provider ${found.provider}`,
  );
  const bases = await bench.bases();
  const all: Measured[] = [];
  const cases = Object.entries(CASES).filter(([key]) => o.cases.includes(key));
  const recorded = new Map<string, number>();
  for (const [key, one] of cases) recorded.set(key, await bench.record(one, bases, join(stage.dir, `${key}.calls`)));
  for (const latencyMs of o.latencies) {
    const rows: Measured[] = [];
    for (const [key, one] of cases) {
      const measured = await bench.measure(one, bases, latencyMs, join(stage.dir, `${key}.calls`));
      rows.push({ jobs, waves: recorded.get(key) ?? 0, ...measured });
    }
    o.say(`\n${jobs} jobs, ${latencyMs} ms a call, medians of ${o.rounds}`);
    for (const line of tableOf(rows)) o.say(line);
    if (latencyMs === o.latencies.at(-1)) for (const line of callsOf(rows)) o.say(line);
    all.push(...rows);
  }
  await bases.ours.stop();
  await bases.theirs?.stop();
  return all;
}

/** The command line beside Terraform and beside the bare SDK: the same lakehouse, one emulator, a line that takes its time. */
export async function terraform(o: TerraformOptions): Promise<void> {
  const stage = await Stage.make(o.repository);
  const world = await World.make();
  // The recording runs in this process.
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, environmentAt(world.proxy.endpoint));
  try {
    const facts = machine(o.repository);
    o.say(
      `${facts.cpu}, ${facts.cores} cores, ${facts.memoryGb} GB, ${facts.system}, Node ${facts.node}, ${facts.commit}`,
    );
    const all: Measured[] = [];
    for (const jobs of o.jobs) all.push(...(await ofJobs(o, stage, world, jobs)));
    const folder = join(o.repository, ".metriccare", "bench", "results");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `terraform-${facts.at.replace(/[:.]/g, "-")}.json`);
    const measured = all.map((one) => ({ ...one, ...ratios(one) }));
    writeFileSync(file, `${JSON.stringify({ machine: facts, rounds: o.rounds, measured }, null, 2)}\n`);
    o.say(`\n${file}`);
  } finally {
    await world.end();
    await stage.remove();
  }
}
