import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { chaosCli, type ChaosCli } from "../harness/faults/cli.ts";
import { motoGaps } from "../harness/faults/moto-gaps.ts";
import { type FaultProxy, type Rule, startFaultProxy } from "../harness/faults/proxy.ts";
import { type Emulator, startMoto } from "../harness/moto.ts";

/** A lakehouse of a thousand jobs: what the real command line takes for it, and what it prints. */
const JOBS = 1000;
/** Rules beyond the first for failures and for ends: EventBridge takes some seventy of these names in a pattern. */
const RULES = 2 * (Math.ceil(JOBS / 70) - 1);

let moto: Emulator;
let proxy: FaultProxy;
let cli: ChaosCli;
let open = new Map<string, number>();
let most = 0;

/** How many calls of one service are under way at a time. */
const watching: Rule = {
  name: "width",
  around: async ({ service }, work) => {
    const now = (open.get(service) ?? 0) + 1;
    open.set(service, now);
    most = Math.max(most, now);
    await work().finally(() => open.set(service, (open.get(service) ?? 1) - 1));
  },
};

const usage = (): string => join(cli.dir, "usage.txt");

beforeAll(async () => {
  moto = await startMoto();
  proxy = await startFaultProxy(moto.endpoint);
  cli = chaosCli();
  const more = Array.from(
    { length: JOBS - 10 },
    (_, at) => `  more_${at}: {layer: bronze, dataset: patient, script: glue-scripts/jobs/bronze.py}`,
  );
  cli.write("config/dev.yaml", `jobs:\n${more.join("\n")}\n`);
  // Says at its end how much memory it took.
  cli.write(
    "usage.mjs",
    `import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(${JSON.stringify(usage())}, String(process.resourceUsage().maxRSS)));`,
  );
  vi.stubEnv("NODE_OPTIONS", `--import ${join(cli.dir, "usage.mjs")}`);
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  cli?.remove();
  await proxy?.down();
  await moto?.stop();
});

/** Runs it and tells what it printed, how many calls came by, and megabytes. */
async function run(...argv: string[]): Promise<{ text: string; calls: number; peakMb: number }> {
  open = new Map();
  most = 0;
  proxy.use(watching, ...motoGaps());
  writeFileSync(usage(), "0");
  const { code, text } = await cli.run(proxy.endpoint, [...argv, "--env", "dev"]);
  expect(code, text.slice(-2000)).toBe(0);
  return { text, calls: proxy.calls, peakMb: Number(readFileSync(usage(), "utf8")) / 1024 };
}

test("a thousand jobs are made, counted, and found as they are", { timeout: 240_000 }, async () => {
  const made = await run("apply", "--yes");
  const lines = made.text.split("\n");
  // The plan names each of them once; what was done, and what is alike in the findings, is counted.
  expect(lines.filter((line) => line.startsWith("+ create") && line.includes("glue.job/more_"))).toHaveLength(
    JOBS - 10,
  );
  const counts = lines.filter((line) => /^ {2}… +[\d,]+ of 1,0\d\d$/.test(line)).length;
  expect(counts).toBeGreaterThan(15);
  expect(counts).toBeLessThanOrEqual(20);
  expect(lines.length).toBeLessThan(JOBS + 150);
  // A further rule is looked for (itself, its targets) and made (the same); half of them call the function.
  expect(made.calls).toBeLessThan(160 + JOBS + JOBS / 25 + RULES * 4.5);
  expect(made.peakMb).toBeLessThan(300);
  expect(most).toBeLessThanOrEqual(50);

  const same = await run("diff", "--exit-code");
  // 25 jobs a call, and 100 things a page of the search for tags.
  expect(same.calls).toBeLessThan(85 + JOBS / 25 + JOBS / 100 + RULES * 2);
  expect(same.peakMb).toBeGreaterThan(40);
  expect(same.peakMb).toBeLessThan(300);
  expect(most).toBeLessThanOrEqual(50);
});
