import type { AwsContext } from "../../aws/context.ts";
import { isDenied } from "../../services/faults.ts";
import type { Registry } from "../../lakehouse/registry.ts";
import { layerFindings, type Layers } from "../audit/layers.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isNoLedger } from "../ledger/ledger.ts";
import { eachFile } from "../ledger/read.ts";
import { ledgerStats, recordsOf } from "../ledger/stats.ts";
import { readAccounting } from "../measures/accounting.ts";
import { readMeasures } from "../measures/read.ts";
import { standings } from "../measures/standing.ts";
import { isAbsent, messageOf, OperateProblem } from "../problem.ts";
import type { RunTarget } from "../runs/events.ts";
import { listRuns, type RunsOptions, showRun } from "../runs/history.ts";
import { undelivered } from "../undelivered.ts";
import { readQuality } from "../quality/results.ts";
import { checksIn } from "./checks.ts";
import type { AccountLine } from "./accounting.ts";
import type { ReportData, LedgerCounts, ReportPart } from "./model.ts";

/** Where the report is read from; what an environment has not is undefined. */
export interface ReportPlaces {
  readonly gold: string;
  readonly registry: Registry;
  readonly run: RunTarget | undefined;
  readonly ledger: Ledger | undefined;
  readonly queue: string | undefined;
  readonly layers: Layers | undefined;
  /** How many runs are told of. */
  readonly runs: number;
  readonly free: boolean;
}

/** A part that is not there, or that the caller may not see, is said in its place; the rest of the page stands. */
async function part<T>(read: (() => Promise<T>) | undefined, lacking: string): Promise<ReportPart<T>> {
  if (read === undefined) return { missing: lacking };
  try {
    return { value: await read() };
  } catch (error) {
    if (isAbsent(error) || isNoLedger(error)) return { missing: lacking };
    if (isDenied(error)) return { missing: "The credentials in use may not read it." };
    if (error instanceof OperateProblem) return { missing: `${messageOf(error)}.` };
    throw error;
  }
}

const noAccounting = (table: string): string =>
  `There is no Gold table \`${table}\` here: the scripts that are applied do not write it yet, or no run has since.`;

async function accounting(
  ctx: AwsContext,
  gold: string,
  registry: Registry,
): Promise<ReportPart<readonly AccountLine[]>> {
  const lacking = noAccounting(registry.accounting?.table ?? "accounting");
  const found = await part(() => readAccounting(ctx, gold, registry), lacking);
  if ("missing" in found) return found;
  return found.value === undefined ? { missing: lacking } : { value: found.value.rows };
}

/** `archived: …` begins with a stable word; anything else may hold anything. */
const wordOf = (error: string | null | undefined): string => /^([a-z][a-z_ ]{0,60}):/.exec(error ?? "")?.[1] ?? "other";

async function failuresOf(ledger: Ledger): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for await (const { error } of eachFile(ledger, { status: "failed" }, ["status", "error"])) {
    const word = wordOf(error);
    found[word] = (found[word] ?? 0) + 1;
  }
  return found;
}

async function ledgerCounts(ledger: Ledger): Promise<LedgerCounts> {
  const failures = failuresOf(ledger);
  // Waited for below: a failure of the other read must not leave it unheard.
  failures.catch(() => {});
  for await (const event of ledgerStats(ledger)) {
    if (event.type === "cost") continue;
    const { files, bytes, by_status, by_dataset, oldest_pending } = event;
    const records = recordsOf(event);
    return { files, bytes, records, by_status, by_dataset, oldest_pending, failures: await failures };
  }
  throw new TypeError("the ledger's figures have no end");
}

async function collected<T>(all: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

/** Reads everything at once: each part waits for no other. Only the measures must be readable. */
export async function readReport(ctx: AwsContext, places: ReportPlaces): Promise<ReportData> {
  const { gold, registry, run, ledger, queue, layers, free } = places;
  const known: RunsOptions = { ...(ledger ? { ledger } : {}), free };
  const [measures, account, runs, last, counts, waiting, findings, standing, results] = await Promise.all([
    readMeasures(ctx, { bucket: gold, registry }),
    accounting(ctx, gold, registry),
    part(run && (() => listRuns(ctx, run, { ...known, limit: places.runs })), "This environment has no workflow."),
    part(run && (() => showRun(ctx, run, known)), "No run yet."),
    part(ledger && (() => ledgerCounts(ledger)), "This environment has no ledger."),
    part(queue === undefined ? undefined : () => inQueue(ctx, queue), "This environment has no such queue."),
    part(run && layers && (() => collected(layerFindings({ ctx, run }, layers))), "Nothing to compare."),
    part(layers && (() => standings(ctx, layers, run ?? { jobs: {} })), "This environment has not all layers."),
    part(() => readQuality(ctx, gold), "No run has checked anything yet."),
  ]);
  return {
    measures,
    accounting: account,
    runs,
    last,
    ledger: counts,
    undelivered: waiting,
    layers: findings,
    standing,
    checks: checksIn(results),
  };
}

const inQueue = async (ctx: AwsContext, queue: string): Promise<number> => {
  const { waiting, hidden } = await undelivered(ctx, queue);
  return waiting + hidden;
};
