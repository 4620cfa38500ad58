import { afterAll, beforeAll } from "vitest";
import { type ChaosCli, chaosCli, type Ended } from "../harness/faults/cli.ts";
import { motoGaps, statementIdsAreUnique } from "../harness/faults/moto-gaps.ts";
import { type FaultProxy, type Rule, startFaultProxy } from "../harness/faults/proxy.ts";
import { inProcess, pointAt } from "../harness/in-process.ts";
import { type Emulator, startEmulator } from "../harness/moto.ts";
import { RUN } from "../harness/sample.ts";
import { seedStrangers, STRANGERS } from "./foreign.ts";
import { type Inventory, inventory } from "./inventory.ts";

/** Two configs of one environment, ten attributes of many kinds apart. */
export const ONE = `ledger:
  ttl: true
  ttlDays: 30
buckets:
  raw:
    lifecycle:
      noncurrentDays: 30
function:
  logRetentionDays: 14
`;
export const TWO = `tags:
  Stage: two
ledger:
  ttl: true
  ttlDays: 45
  readCapacity: 7
buckets:
  raw:
    lifecycle:
      noncurrentDays: 31
function:
  logRetentionDays: 30
  timeout: 90
  description: Other words
jobs:
  gold_hai:
    description: Other words
workflow:
  triggers:
    gold:
      after: [silver_patient, silver_encounter]
alerts:
  displayName: MetricCare two
rules:
  schedule:
    schedule: rate(2 hours)
roles:
  glue_gold:
    description: Other words
`;

/** Further from `ONE` than `TWO`, in what AWS changes more than once an hour or not at all on a second look: every service, every kind. */
export const TEN = `tags:
  Stage: ten
ledger:
  billing: on-demand
  ttl: false
  pointInTimeRecovery: true
buckets:
  raw:
    lifecycle:
      noncurrentDays: 31
  silver:
    versioning: false
    tlsOnly: false
function:
  logRetentionDays: 30
  timeout: 90
  memory: 512
  environment:
    NOTE: other
  maxRetryAttempts: 1
jobs:
  gold_hai:
    description: Other words
    timeout: 45
    arguments:
      --note: other
workflow:
  description: Other words
  defaultRunProperties:
    note: other
  triggers:
    gold:
      after: [silver_patient, silver_encounter]
alerts:
  displayName: MetricCare ten
  subscriptions:
    - protocol: email
      endpoint: team@example.org
rules:
  schedule:
    schedule: rate(2 hours)
  failure:
    enabled: false
roles:
  glue_gold:
    description: Other words
    policies:
      more:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: "s3:ListAllMyBuckets", Resource: "*" }
`;

export const APPLY = ["apply", "--env", "dev", "--yes"] as const;
export const DESTROY = ["destroy", "--env", "dev", "--yes", "--include-data"] as const;

export interface Stage {
  readonly proxy: FaultProxy;
  readonly cli: ChaosCli;
  /** An account with nothing but strangers in it, and config `ONE`. */
  empty(): Promise<void>;
  /** Runs the command line with these rules in its way. */
  run(args: readonly string[], ...rules: readonly Rule[]): Promise<Ended>;
  /** The same from the sources, in this process: for many runs whose start and end are not what is looked at. */
  runHere(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }>;
  /** From here on this account is the one that everything is about. */
  enter(account: Emulator): void;
  inventory(): Promise<Inventory>;
  /** Operations of the last run that changed something, the lease apart: that is held while an apply looks. */
  changed(): readonly string[];
  /** What this emulator lacks, done by the proxy; `run` adds it by itself. */
  gaps(): readonly Rule[];
  /** Where we are. Direct, past the proxy: for seeding. */
  readonly emulator: Emulator;
}

/** An emulator with a proxy before it and the real CLI in a project of its own; `METRICCARE_TEST_ENDPOINT` names another one. */
export function useStage(): Stage {
  let first: Emulator;
  let emulator: Emulator;
  let proxy: FaultProxy;
  let cli: ChaosCli;
  beforeAll(async () => {
    emulator = first = await startEmulator();
    proxy = await startFaultProxy(emulator.endpoint);
    cli = chaosCli();
    process.stdout.write(`${RUN}\n`);
  });
  afterAll(async () => {
    cli?.remove();
    await proxy?.down();
    await first?.stop();
  });
  const gaps = (): readonly Rule[] => (emulator.name === "moto" ? motoGaps() : []);
  return {
    gaps,
    get proxy() {
      return proxy;
    },
    get cli() {
      return cli;
    },
    get emulator() {
      return emulator;
    },
    enter: (account) => {
      emulator = account;
      proxy.target = account.endpoint;
    },
    empty: async () => {
      await proxy.quiet();
      await emulator.reset();
      // One that is shared, or real: what an earlier case left goes as a user would let it go.
      if (emulator.name !== "moto") await cli.run(proxy.endpoint, DESTROY);
      await seedStrangers(emulator.endpoint);
      cli.write("config/dev.yaml", ONE);
    },
    run: async (args, ...rules) => {
      await proxy.quiet();
      proxy.use(...(emulator.name === "moto" ? [statementIdsAreUnique()] : []), ...rules, ...gaps());
      return cli.run(proxy.endpoint, args);
    },
    runHere: async (args) => {
      await proxy.quiet();
      proxy.use(...gaps());
      pointAt(proxy.endpoint);
      const { code, out, err } = await inProcess(cli.dir, args);
      return { code, text: out + err };
    },
    inventory: () => inventory(emulator.endpoint),
    changed: () =>
      proxy.changes
        .filter(({ call }) => !call.path.includes("/metriccare/lease.json"))
        .map(({ call }) => call.operation),
  };
}

/** Differences of two inventories, in words: empty when they are the same. */
export function differences(before: Inventory, after: Inventory): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
    if (before[key] === after[key]) return [];
    if (before[key] === undefined) return [`too much: ${key}`];
    if (after[key] === undefined) return [`missing: ${key}`];
    return [`${key}: ${around(before[key], after[key])}`];
  });
}

/** Where two texts part. */
function around(was: string, is: string): string {
  let at = 0;
  while (was[at] === is[at]) at += 1;
  const window = (text: string): string => text.slice(Math.max(0, at - 40), at + 120);
  return `was …${window(was)}…, is …${window(is)}…`;
}

/** What belongs to other people. */
export const strangersOf = (all: Inventory): Inventory =>
  Object.fromEntries(Object.entries(all).filter(([key]) => STRANGERS.test(key)));
