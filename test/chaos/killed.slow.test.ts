import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localPaths } from "../../src/local/paths.ts";
import { marked } from "../../src/local/sweep.ts";
import { randomOf } from "../harness/faults/network.ts";
import { type Ran, repository, TestProject } from "../harness/project.ts";
import { chosen, FULL, RUN, SEED } from "./stage.ts";

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
];
const ROUNDS = Array.from({ length: 5 }, (_, index) => index + 1);
const CASES = ROUNDS.flatMap((round) => WORK.map((work) => ({ ...work, round })));

const good = (ran: Ran): Ran => {
  expect(ran.code, ran.out + ran.err).toBe(0);
  return ran;
};

test.each(chosen(CASES, 2, 21))("$name, killed: round $round", async ({ name, args, ms, applied, round }) => {
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

  good(await project.run(["local", "down"]));
  const paths = localPaths(project.dir);
  expect(await marked(paths.local)).toEqual([]);
  expect(existsSync(paths.tmp)).toBe(false);
});
