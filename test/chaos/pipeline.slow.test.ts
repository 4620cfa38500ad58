import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localPaths } from "../../src/local/paths.ts";
import { randomOf } from "../harness/faults/network.ts";
import { TestProject } from "../harness/project.ts";
import { LONGEST } from "../harness/sample.ts";
import { type Subscriber, startSubscriber } from "../harness/subscriber.ts";
import { badDay } from "./pipeline/day.ts";
import { Lake } from "./pipeline/lake.ts";
import { type LakeState, stateOf } from "./pipeline/state.ts";
import { secretsOf, shuffled, uploadsOf, wholeSample } from "./pipeline/uploads.ts";

/**
 * Never lost, never twice: files are put, overwritten, announced badly, while functions, scripts, Spark, the emulator and the
 * front are killed. After `ledger audit --repair` ledger and tables are what a quiet day would have made of the same objects.
 *
 * METRICCARE_CHAOS_SEED is the first seed, METRICCARE_CHAOS_SEEDS how many (default 1). Ten seeds share their uploads, and so
 * their quiet day.
 */
const FIRST = Number(process.env["METRICCARE_CHAOS_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const COUNT = Number(process.env["METRICCARE_CHAOS_SEEDS"] ?? 1);
const SHARED = 10;
const GOLD = ["gold_readmission", "gold_mortality", "gold_hai", "gold_length_of_stay"];
const ROUNDS = 4;

let project: TestProject;
let subscriber: Subscriber;
const lakes: Lake[] = [];
const quietDays = new Map<string, Promise<LakeState>>();

beforeAll(async () => {
  project = await TestProject.make();
  subscriber = await startSubscriber();
  // Silver is compared whole: one table of Gold, another each time, unless all are wanted.
  if (process.env["METRICCARE_CHAOS_GOLD"] !== "all")
    project.keepGold(shuffled(randomOf(FIRST), GOLD)[0] ?? "gold_hai");
});
afterAll(async () => {
  await project?.remove();
  subscriber?.close();
});

async function lakeAt(env: string): Promise<Lake> {
  const subscription = `{protocol: http, endpoint: "${subscriber.endpoint}"}`;
  const lake = await Lake.make(project, env, `alerts: {subscriptions: [${subscription}]}\n`);
  lakes.push(lake);
  return lake;
}

/** What a day without any trouble makes of the objects that S3 holds. */
async function quietDay(seed: number, from: Lake): Promise<LakeState> {
  // The same content put twice is one generation.
  const stored = (await from.stored()).filter((one, at, all) => {
    const before = all[at - 1];
    return before?.key !== one.key || before.etag !== one.etag;
  });
  const name = stored.map((one) => `${one.key}\n${one.etag}`).join("\n");
  const known = quietDays.get(name);
  if (known) return known;
  const made = (async () => {
    const lake = await lakeAt(`quiet${seed}`);
    await lake.deafen();
    const records = [];
    for (const one of stored) {
      const object = await from.s3.getObject({ Bucket: from.bucket("raw"), Key: one.key, VersionId: one.versionId });
      records.push(
        await lake.put({ key: one.key, body: Buffer.from((await object.Body?.transformToByteArray()) ?? []) }),
      );
    }
    await lake.listen();
    await lake.deliver(records, true);
    expect(await lake.quiet(400_000), "the quiet day ends").toBe(true);
    const run = await lake.lastRun();
    const shown = await lake.run("runs", "show", run?.id ?? "");
    expect(shown.out, "the quiet day's run").toContain("succeeded");
    return stateOf(lake);
  })();
  quietDays.set(name, made);
  return made;
}

/** `ledger audit --repair --wait` until it is content, as its help says. */
async function repaired(lake: Lake): Promise<string[]> {
  const told: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const ran = await lake.run("ledger", "audit", "--repair", "--wait");
    for (const line of ran.lines<{ type?: string; code?: string; key?: string }>())
      if (line.type === "finding") told.push(`round ${round}: ${line.code} ${line.key}`);
    if (ran.code === 0) return told;
    told.push(`round ${round}: exit ${ran.code} ${ran.err.slice(-300)}`);
  }
  const last = await lake.run("runs", "show");
  told.push(last.out, last.err);
  expect.unreachable(`the audit finds no end\n${told.join("\n")}`);
}

describe.runIf(LONGEST.includes("a bad day"))("a bad day", () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++)
    test(`ends as a quiet one, seed ${seed}`, async () => {
      const uploads = uploadsOf(randomOf(Math.floor(seed / SHARED)));
      const lake = await lakeAt(`seed${seed}`);
      const random = randomOf(seed);
      const day = await badDay(lake, random, uploads);
      const found = await repaired(lake);
      const story = [...day.story, ...found].join("\n  ");
      process.stdout.write(`seed ${seed}:\n  ${story}\n`);
      expect(await lake.quiet(), `files still wait\n${story}`).toBe(true);
      const clean = await lake.run("ledger", "audit");
      expect(
        clean.lines<{ type?: string }>().filter((line) => line.type === "finding"),
        story,
      ).toEqual([]);
      const state = await stateOf(lake);
      expect(state, story).toEqual(await quietDay(seed, lake));
      // Late and doubled events of what is long done change nothing.
      for (const record of shuffled(random, day.records).slice(0, 5)) await lake.deliver([record], true);
      expect(await lake.quiet()).toBe(true);
      expect((await stateOf(lake)).ledger).toEqual(state.ledger);
    });
});

test.runIf(LONGEST.includes("a bad day"))("nothing of the files' content was said anywhere", async () => {
  for (const lake of lakes) {
    const runs = await lake.run("runs", "list", "--limit", "3");
    for (const { run_id: id } of runs.lines<{ run_id?: string }>()) if (id) await lake.run("runs", "show", id);
  }
  expect(subscriber.messages.length).toBeGreaterThan(0);
  const said = [...subscriber.messages, ...lakes.flatMap((lake) => lake.printed)];
  const logs = localPaths(project.dir).logs;
  for (const file of readdirSync(logs)) said.push(readFileSync(join(logs, file), "utf8"));
  for (const lake of lakes) said.push(JSON.stringify(await lake.items()));
  const place = lakes[0]?.place;
  if (place === undefined) throw new Error("no lake");
  const client = new CloudWatchLogs(place);
  const { logGroups } = await client.describeLogGroups({});
  for (const { logGroupName } of logGroups ?? []) {
    const { events } = await client.filterLogEvents({ logGroupName, limit: 10_000 });
    for (const event of events ?? []) said.push(event.message ?? "");
  }
  const all = said.join("\n");
  expect(all.length).toBeGreaterThan(10_000);
  expect(secretsOf(wholeSample()).filter((secret) => all.includes(secret))).toEqual([]);
});
