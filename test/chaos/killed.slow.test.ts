import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localPaths } from "../../src/local/paths.ts";
import { marked } from "../../src/local/sweep.ts";
import { randomOf } from "../harness/faults/network.ts";
import { type Ran, repository, TestProject } from "../harness/project.ts";
import { chosen, drawn, FULL, LONGEST, RUN, SEED } from "../harness/sample.ts";

/** SIGKILL of the command line at any moment of its work on the embedded AWS: the next command finds its way by itself. */
let project: TestProject;
beforeAll(async () => {
  project = await TestProject.make();
  process.stdout.write(`${RUN}\n`);
});
afterAll(() => project?.remove());

const local = (...args: string[]): string[] => [...args, "--env", "local"];
const sample = join(repository, "test", "fhir-sample");

interface Work {
  readonly name: string;
  readonly args: readonly string[];
  /** About what it takes on a quiet machine: the moment is chosen within it. */
  readonly ms: number;
  /** Whether the embedded AWS runs and the stack is there when it starts. */
  readonly applied: boolean;
}
const WORK: readonly Work[] = [
  { name: "local up", args: ["local", "up"], ms: 4000, applied: false },
  { name: "apply from nothing", args: local("apply", "--yes"), ms: 9000, applied: false },
  { name: "destroy", args: local("destroy", "--yes", "--include-data"), ms: 6000, applied: true },
  { name: "ingest --wait", args: local("ingest", "--wait", sample), ms: 25_000, applied: true },
  { name: "run-workflow", args: local("run-workflow"), ms: 15_000, applied: true },
  { name: "local down", args: ["local", "down"], ms: 1500, applied: true },
  { name: "local reset", args: ["local", "reset", "--yes"], ms: 2000, applied: true },
];
const ROUNDS = Array.from({ length: 5 }, (_, index) => index + 1);
const CASES = ROUNDS.flatMap((round) => WORK.map((work) => ({ ...work, round })));

const good = (ran: Ran): Ran => {
  expect(ran.code, ran.out + ran.err).toBe(0);
  return ran;
};

test.runIf(LONGEST.includes("killed")).each(chosen(CASES, 2, 21))(
  "$name, killed: round $round",
  async ({ name, args, ms, applied, round }) => {
    const at = randomOf((FULL ? 0 : SEED) + round * 100 + name.length)() * ms;
    await project.run(["local", "reset", "--yes"]);
    if (applied) good(await project.run(local("apply", "--yes")));
    const first = project.start(args);
    const killing = setTimeout(() => first.process.kill("SIGKILL"), at);
    await first.ended;
    clearTimeout(killing);

    // No lease is in the way, nothing half made either.
    good(await project.run(local("apply", "--yes")));
    good(await project.run(local("diff", "--exit-code")));
    // A run whose command is gone is taken up by the same command.
    if (name === "run-workflow") good(await project.run([...args]));
    // What was going on there goes on, as on AWS: this follows it to its end, or sees that nothing is new.
    good(await project.run(local("ingest", "--wait", sample)));
    const statuses = good(await project.run(local("ledger", "list", "--json"))).lines<{ status: string }>();
    expect(statuses.map(({ status }) => status)).toEqual(["processed", "processed", "processed"]);

    await nothingLeft();
  },
);

/** `local down` has ended all of it: no process, no temporary folder. */
async function nothingLeft(): Promise<void> {
  good(await project.run(["local", "down"]));
  const paths = localPaths(project.dir);
  expect(await marked(paths.local)).toEqual([]);
  expect(existsSync(paths.tmp)).toBe(false);
}

/** Stopping takes a second, most of it waiting: each round is a moment of its own, and the last ones come after its end. */
const STOPPING = Array.from({ length: 20 }, (_, index) => ({ round: index + 1, at: index * 100 }));

test.each(chosen(STOPPING, 2, 23))(
  "local down, killed after $at ms: the next one ends what it left",
  async ({ at }) => {
    good(await project.run(["local", "up"]));
    const first = project.start(["local", "down"]);
    const killing = setTimeout(() => first.process.kill("SIGKILL"), at);
    await first.ended;
    clearTimeout(killing);
    await nothingLeft();
    expect(good(await project.run(["local", "status", "--json"])).out).toContain('{"running":false}');
  },
);

/** A checkout, as far as the demo goes: its script looks for everything beside itself. */
function checkout(): string {
  const script = join(project.dir, "scripts", "demo.mjs");
  if (existsSync(script)) return script;
  mkdirSync(join(project.dir, "scripts"));
  cpSync(join(repository, "scripts", "demo.mjs"), script);
  for (const folder of ["bin", "test"]) symlinkSync(join(repository, folder), join(project.dir, folder));
  return script;
}

/** Programs that run in the project folder: commands of the demo that outlived it. */
const orphans = (): string[] =>
  readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(join("/proc", name, "cwd")) === project.dir;
    } catch {
      // Gone, or not ours to look at.
      return false;
    }
  });

/** `all`: with whatever command it is running, as when a machine runs out of memory; else the command goes on without it. */
function demo(killed?: { readonly at: number; readonly all: boolean }): Promise<{ code: number | null; text: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_")));
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, [checkout()], {
      cwd: project.dir,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const kill = (): void => {
      if (child.pid !== undefined && child.exitCode === null)
        process.kill(killed?.all ? -child.pid : child.pid, "SIGKILL");
    };
    const killing = killed && setTimeout(kill, killed.at);
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => void (text += chunk.toString("utf8")));
    child.on("error", reject);
    child.on("exit", (code) => {
      clearTimeout(killing);
      done({ code, text });
    });
  });
}

const DEMOS = Array.from({ length: 10 }, (_, index) => ({
  round: index + 1,
  all: index % 2 === 0,
  what: index % 2 === 0 ? "with the command it runs" : "alone",
}));

test.runIf(LONGEST.includes("killed") && drawn("the demo, killed")).each(chosen(DEMOS, 1, 25))(
  "the demo, killed $what: the next one ends well, round $round",
  async ({ round, all }) => {
    const at = randomOf((FULL ? 0 : SEED) + round)() * 40_000;
    await project.run(["local", "reset", "--yes"]);
    await demo({ at, all });
    const next = await demo();
    expect(next.code, `killed after ${Math.round(at)} ms\n${next.text}`).toBe(0);
    expect(next.text).toContain("All patients: readmission 14/49, in-hospital death 0/49");
    await nothingLeft();
    // What outlived the demo has come to its end as well: nothing starts the embedded AWS again.
    for (let tries = 0; tries < 100 && orphans().length > 0; tries += 1) await sleep(100);
    expect(orphans()).toEqual([]);
    await nothingLeft();
  },
);
