import { CallLog } from "../aws/call-log.ts";
import { S3Lease } from "../aws/lease.ts";
import {
  addressText,
  adoptedBy,
  type Lease,
  type Outcome,
  type Plan,
  restrict,
  run as reconcile,
} from "../engine/index.ts";
import type { Clock } from "../clock/index.ts";
import type { AwsContext } from "../aws/context.ts";
import { BOUNDARY_ADDRESS, leaseHomeOf } from "../lakehouse/index.ts";
import { applyView } from "../ui/apply.ts";
import { planFindingLines, planLines, summaryLine } from "../ui/plan.ts";
import { confirm } from "../ui/prompt.ts";
import type { Cli, GlobalOptions } from "./cli.ts";
import { Ended, EXIT, usage } from "./errors.ts";
import { refuseLint } from "./lint.ts";
import { marksOf, plan, planInput, type PlannedInput, type PlanOptions } from "./plan-inputs.ts";
import { reading } from "./reading.ts";
import { checkPlan, type SavedPlan } from "./saved-plan.ts";
import { openSession, type Session } from "./session.ts";
import { s3Client } from "../services/s3/client.ts";
import { faults } from "../services/faults.ts";

/** What `apply` and `destroy` have. */
interface Options extends PlanOptions, GlobalOptions {
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly includeData?: boolean;
}

/** A config without a bucket has no place for a lease: two applies are then kept apart by nobody. */
const NO_LEASE: Lease = {
  acquire: async () => ({
    notice: "no bucket of the config carries a lease (`scriptsBucket`): let nobody else apply meanwhile.",
  }),
  renew: async () => undefined,
  release: async () => undefined,
};

/** How long `--wait` waits for another apply. */
const WAIT_MS = 60 * 60_000;

const OUTCOME_EXIT: Record<Outcome, number> = {
  done: EXIT.ok,
  nothing: EXIT.ok,
  failed: EXIT.failed,
  refused: EXIT.failed,
  declined: EXIT.declined,
  interrupted: EXIT.interrupted,
  lease_held: EXIT.failed,
};

function showPlan(cli: Cli, found: Plan): void {
  for (const line of planLines(found, cli.term)) cli.term.line(line);
  for (const line of planFindingLines(found, cli.term)) cli.term.line(line);
  cli.term.line(summaryLine(found));
}

/** How long the command took, without the time that a person thought about the question. */
class Stopwatch {
  readonly #began: number;
  #thought = 0;

  constructor(readonly clock: Clock) {
    this.#began = clock.now();
  }

  get ms(): number {
    return this.clock.now() - this.#began - this.#thought;
  }

  async thinking<T>(question: () => Promise<T>): Promise<T> {
    const asked = this.clock.now();
    try {
      return await question();
    } finally {
      this.#thought += this.clock.now() - asked;
    }
  }
}

/** What a person has to type: the environment's name where data may go. */
async function agreed(cli: Cli, session: Session, options: Options, found: Plan, again: boolean): Promise<boolean> {
  if (options.yes) return true;
  const where = `${session.env} (account ${session.aws.account}, ${session.aws.region})`;
  const word = options.includeData ? session.env : "yes";
  const verb =
    found.mode === "destroy"
      ? options.includeData
        ? "Destroy this, data included, in"
        : "Destroy this in"
      : "Apply this to";
  const taken = adoptedBy(found).length;
  const lead = [
    again ? "AWS has changed since the plan was shown. " : "",
    taken > 0 ? `${taken} of these exist${taken === 1 ? "s" : ""} and will be ours from then on. ` : "",
  ].join("");
  return confirm(cli.term, `${lead}${verb} ${where}? Type \`${word}\` to go on:`, word, cli.interrupt);
}

/** What is to be done: by its options, or by a saved plan too. */
export interface Planned {
  readonly options: Options;
  readonly saved?: SavedPlan;
  readonly file?: string;
}

/** What the last line tells of the whole command. */
interface Counted {
  readonly calls: CallLog;
  readonly tally: { done: number; failed: number; skipped: number };
  readonly watch: Stopwatch;
}

/** The last JSON line is `finished`, also when it never came to a first step (expired credentials, a config that is wrong). */
export async function reconciled(cli: Cli, planned: () => Planned, mode: "apply" | "destroy"): Promise<number> {
  const watch = new Stopwatch(cli.clock);
  const calls = new CallLog();
  const tally = { done: 0, failed: 0, skipped: 0 };
  try {
    return await steps(cli, planned(), mode, { calls, tally, watch });
  } catch (error) {
    throw new Ended(error, { type: "finished", ...tally, calls: calls.total, ms: watch.ms });
  }
}

async function steps(
  cli: Cli,
  { options, saved, file = "" }: Planned,
  mode: "apply" | "destroy",
  { calls, tally, watch }: Counted,
): Promise<number> {
  if (!options.yes && !cli.term.interactive) {
    throw usage(
      "needs_yes",
      `\`${mode}\` asks before it changes anything, and nobody is here to ask`,
      "Add --yes, or look at it first with `metriccare diff`.",
    );
  }
  const session = await openSession(cli, options, {
    readOnly: false,
    calls,
    scripts: mode === "apply",
    everywhere: true,
  });
  const { aws } = session;
  const input = await planInput(session, options);
  if (mode === "apply") await refuseLint(session.loaded, input.known, session.scripts);
  if (saved) checkPlan(saved, file, session, input);
  const leaseHome = leaseHomeOf(session.config);
  const scripts = session.outputs.buckets[session.config.scriptsBucket]?.name;
  const s3Lease = new S3Lease({
    s3: () => aws.clients.of(s3Client),
    bucket: scripts ?? "",
    faults,
    account: aws.account,
    clock: cli.clock,
    waitMs: options.wait ? WAIT_MS : 0,
    onWait: (held) => cli.term.note(`waiting: ${held.message}`),
    signal: cli.interrupt,
  });
  const lease = scripts === undefined ? NO_LEASE : s3Lease;
  const base: PlannedInput = {
    ...input,
    mode,
    includeData: options.includeData,
    last: [leaseHome, BOUNDARY_ADDRESS],
    ...(scripts === undefined ? {} : { leaving: s3Lease.handles }),
  };
  const view = applyView(cli.term);
  let read = false;
  const homeIsNew = saved?.expects.some((step) => addressText(step.address) === leaseHome && step.live === null);
  const events = reconcile<AwsContext>({
    ctx: aws,
    kinds: input.kinds,
    marks: marksOf(aws),
    clock: cli.clock,
    classify: session.classify,
    calls: () => aws.calls.total,
    unasked: options.yes ?? false,
    partial: saved !== undefined || (options.only?.length ?? 0) > 0,
    settled: saved !== undefined,
    makePlan: async (scope, ownTags, held = false) => {
      const isHome = scope === "home" || scope === "home-there";
      if (!isHome) aws.refresh();
      if (isHome) return plan({ ...base, ownTags, mode: "apply", only: [leaseHome], there: scope === "home-there" });
      if (scope !== "all") return plan({ ...base, ownTags, only: scope });
      const made = await reading(cli, aws, () => plan({ ...base, ownTags, held }));
      if (!saved) return made;
      // What this run itself did to the lease's bucket, between the first reading and this one, is no move.
      const known = read && homeIsNew ? leaseHome : undefined;
      read = true;
      return restrict(saved.expects, made, input.kinds, known);
    },
    confirm: (found, again) => watch.thinking(() => agreed(cli, session, options, found, again)),
    lease,
    leaseHome,
    drain: cli.interrupt,
    stop: cli.interruptNow,
  });
  for (let next = await events.next(); ; next = await events.next()) {
    if (next.done) return OUTCOME_EXIT[next.value];
    const event = next.value;
    if (event.type === "planned") showPlan(cli, event.plan);
    else if (event.type === "notice") cli.term.note(event.text);
    else {
      if (event.type === "step-done") tally.done += 1;
      else if (event.type === "step-failed") tally.failed += 1;
      else if (event.type === "step-skipped") tally.skipped += 1;
      // The engine counts from its first step; people mean the command.
      view(event.type === "finished" ? { ...event, calls: calls.total, ms: watch.ms } : event);
    }
  }
}
