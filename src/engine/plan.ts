import type { Clock } from "../clock/index.ts";
import { ADOPT_ALL, declaredSteps } from "./declared.ts";
import { closure, type Graph, reverse } from "./graph.ts";
import { outOfReach } from "./guard.ts";
import { Known } from "./known.ts";
import { references } from "./minted.ts";
import { liveKey, observe, observeAgain, type Observed, type ObserveInput, withoutClashes } from "./observe.ts";
import { type LooseStep, order } from "./order.ts";
import { retire, type Retiree } from "./retire.ts";
import { selected } from "./select.ts";
import {
  type Action,
  type Address,
  addressText,
  type AnyKind,
  type Classify,
  type Desired,
  type Finding,
  type Marks,
  type Plan,
  type Step,
} from "./types.ts";

export interface PlanInput<C> {
  readonly ctx: C;
  readonly kinds: readonly AnyKind<C>[];
  readonly desired: readonly Desired[];
  readonly marks: Marks;
  /** Default `apply`. `destroy` is the same plan against nothing; `desired` then only names what is looked for. */
  readonly mode?: "apply" | "destroy";
  /** Addresses (text) of resources without our mark that may be taken over; `ADOPT_ALL` among them: every declared one. */
  readonly adopt?: ReadonlySet<string>;
  /** Addresses, kinds or services. With what they need (when destroying: with what needs them). */
  readonly only?: readonly string[];
  readonly includeData?: boolean;
  /** What is known of these resources by themselves, where that was worked out before. */
  readonly known?: Known<C>;
  /** Handles of things that go with a destroy but are no resources: the lease object. */
  readonly leaving?: readonly string[];
  /** Addresses (text) of what is deleted last of all, in this order. */
  readonly last?: readonly string[];
  /** The IAM statement that would let its user see (when destroying: and remove) this, as JSON. */
  statement?(address: Address): string;
  /** With both, reads are repeated after passing faults, and errors come as `EngineError`. */
  readonly classify?: Classify;
  readonly clock?: Clock;
  /** Everything is read with its own tags: an apply has just changed some, and a search for tags is late. */
  readonly ownTags?: boolean;
  /** What is declared was there a moment ago. */
  readonly there?: boolean;
  /** It is read under the lease. */
  readonly held?: boolean;
}

export type Summary = Readonly<Record<Action, number>>;

/** How many steps of each action a plan has. */
export function summarize(plan: Pick<Plan, "steps">): Summary {
  const count: Record<Action, number> = { create: 0, update: 0, replace: 0, delete: 0, keep: 0 };
  for (const step of plan.steps) count[step.action] += 1;
  return count;
}

/** True when applying would send something. */
export const hasChanges = (plan: Pick<Plan, "steps">): boolean =>
  plan.steps.some((step) => step.action !== "keep" || step.strip);

export const errorsOf = (plan: Pick<Plan, "findings">): readonly Finding[] =>
  plan.findings.filter(({ level }) => level === "error");

/**
 * The plan as far as somebody else moved something: what a scheduled drift check shows. A resource that is not there
 * bears no mark: it may be new in the config, and it may be gone. Once anything of the environment is there, it is shown.
 */
export function driftOnly(plan: Plan): Plan {
  const applied = plan.steps.some(({ live }) => live?.owner === plan.owner);
  const steps = plan.steps.flatMap((step): Step[] => {
    if (step.action === "create" && applied) return [{ ...step, because: MISSING }];
    const attributes = step.attributes.filter(({ cause }) => cause === "outside" || cause === "both");
    return attributes.length > 0 ? [{ ...step, attributes }] : [];
  });
  return { ...plan, steps };
}

const MISSING = "not there: somebody deleted it, or it is new in the config";

/**
 * Compares the config with AWS. Only reads: one wave side by side, a second step where tag search named something that
 * the config does not know. A plan with an error finding must not be applied.
 */
export async function makePlan<C>(input: PlanInput<C>): Promise<Plan> {
  const mode = input.mode ?? "apply";
  const plan = (steps: readonly Step[], findings: readonly Finding[]): Plan => ({
    owner: input.marks.owner,
    mode,
    steps,
    findings,
  });
  const kinds = new Map(input.kinds.map((kind) => [kind.name, kind]));
  const known = input.known ?? new Known(input);
  const early = mode === "destroy" ? known.twice : [...known.findings, ...unknownAdopted(input)];
  if (early.some(({ level }) => level === "error")) return plan([], early);
  const wanted = selection(input, mode === "destroy" ? reverse(known.graph) : known.graph);
  const observed = await observe({ ...input, wanted, told: toldBy(input) });
  const beyond = outOfReach(input, kinds, observed.beyond);
  const seen = wanted.filter(({ address }) => !beyond.unread.has(liveKey(address)));
  const declaredIds = new Set(input.desired.map(({ address }) => addressText(address)));
  const successors = successorsOf(mode === "apply" ? wanted : []);
  const leftovers: Retiree<C>[] = withoutClashes(observed.leftovers, declaredIds).flatMap((left) => {
    const kind = kinds.get(left.address.kind);
    const { renamed: clash, ...rest } = left;
    const renamed = mode === "apply" ? (successors.get(liveKey(left.address)) ?? clash) : undefined;
    return kind ? [{ ...rest, kind, ...(renamed ? { renamed } : {}) }] : [];
  });

  const verdicts = mode === "apply" ? await confirmed(input, kinds, seen, observed) : { steps: [], findings: [] };
  const retired = await going(input, kinds, wanted, leftovers, observed);
  const former = new Map(
    [...leftovers].reverse().flatMap((left) => (left.renamed ? [[left.renamed, left.address.name] as const] : [])),
  );
  const made = verdicts.steps.map((step) => renamedFrom(step, former.get(addressText(step.address))));
  const uses = new Map(
    input.desired.map(({ address, props }) => [addressText(address), references(props).map(({ of }) => of)]),
  );
  const steps = order(input.ctx, kinds, [...made, ...retired.steps], input.last, uses);
  return plan(steps, [...early, ...beyond.findings, ...verdicts.findings, ...retired.findings]);
}

/** What may stand for reading. A destroy has nothing to compare: it reads whose each thing is, from the thing itself. */
const toldBy = <C>({
  mode,
  ownTags,
  includeData,
  there = false,
  held = false,
}: PlanInput<C>): ObserveInput<C>["told"] =>
  mode === "destroy"
    ? { going: true, recorded: includeData ?? false, alone: held }
    : { searched: ownTags !== true, recorded: true, there };

/**
 * What goes. Only what another thing takes along may be told by a record: all else is read by itself before it is deleted.
 */
async function going<C>(
  input: PlanInput<C>,
  kinds: ReadonlyMap<string, AnyKind<C>>,
  wanted: readonly Desired[],
  leftovers: readonly Retiree<C>[],
  observed: Pick<Observed, "live" | "around">,
): ReturnType<typeof retire<C>> {
  const mode = input.mode ?? "apply";
  for (let seen = observed; ;) {
    const doomed =
      mode === "apply" ? { retirees: [], findings: [] } : declaredRetirees(input, kinds, wanted, seen.live);
    const { steps, findings } = await retire([...doomed.retirees, ...leftovers], {
      ctx: input.ctx,
      mode,
      includeData: input.includeData ?? false,
      leaving: input.leaving ?? [],
    });
    const told = new Set(
      steps.flatMap(({ address, live, with: taker }) =>
        live?.searched && taker === undefined ? [liveKey(address)] : [],
      ),
    );
    const doubtful = wanted.filter(({ address }) => told.has(liveKey(address)));
    if (doubtful.length === 0) return { steps, findings: [...doomed.findings, ...findings] };
    seen = await observeAgain({ ...input, wanted: doubtful }, seen, doubtful);
  }
}

/**
 * What is to be done about what is declared. Who is as declared stays, and so does one whose tags a search tells; whatever is
 * to change is read once more before that is believed, with its own tags.
 */
async function confirmed<C>(
  input: PlanInput<C>,
  kinds: ReadonlyMap<string, AnyKind<C>>,
  wanted: readonly Desired[],
  observed: Pick<Observed, "live" | "around">,
): ReturnType<typeof declaredSteps<C>> {
  for (let seen = observed; ;) {
    const verdicts = await declaredSteps(input, kinds, wanted, seen);
    const kept = new Set(verdicts.steps.flatMap(({ action, address }) => (action === "keep" ? liveKey(address) : [])));
    const doubtful = wanted.filter(
      ({ address }) => !kept.has(liveKey(address)) && seen.live.get(liveKey(address))?.searched === true,
    );
    if (doubtful.length === 0) return verdicts;
    seen = await observeAgain({ ...input, wanted: doubtful }, seen, doubtful);
  }
}

/** Address (text) of what takes the place of each former name. */
const successorsOf = (wanted: readonly Desired[]): ReadonlyMap<string, string> =>
  new Map(
    wanted.flatMap(({ address, formerly = [] }) =>
      formerly.map((name) => [liveKey({ kind: address.kind, name }), addressText(address)] as const),
    ),
  );

/** A creation that takes the place of something else says so: together with the deletion it is one rename. */
const renamedFrom = (step: LooseStep, before: string | undefined): LooseStep =>
  step.action === "create" && before !== undefined ? { ...step, because: `rename: was ${before}` } : step;

function selection<C>(input: PlanInput<C>, graph: Graph): readonly Desired[] {
  if (!input.only?.length) return input.desired;
  const chosen = input.desired
    .filter(({ address }) => selected(input.only, address))
    .map(({ address }) => addressText(address));
  const all = closure(graph, chosen);
  return input.desired.filter(({ address }) => all.has(addressText(address)));
}

/** `--adopt` of what the config does not have. */
const unknownAdopted = <C>({ adopt, desired }: PlanInput<C>): Finding[] => {
  const declared = new Set(desired.map(({ address }) => addressText(address)));
  return [...(adopt ?? [])]
    .filter((at) => at !== ADOPT_ALL && !declared.has(at))
    .map((at) => ({
      code: "adopt_unknown",
      level: "error",
      at,
      text: "is to be adopted, but the config declares no such resource",
      fix: "`diff --all` lists the addresses.",
    }));
};

type LiveMap = Awaited<ReturnType<typeof observe>>["live"];

/** When destroying: what is declared, there, and ours. What is not ours is left alone, and said so. */
function declaredRetirees<C>(
  input: PlanInput<C>,
  kinds: ReadonlyMap<string, AnyKind<C>>,
  wanted: readonly Desired[],
  live: LiveMap,
): { retirees: Retiree<C>[]; findings: Finding[] } {
  const retirees: Retiree<C>[] = [];
  const findings: Finding[] = [];
  for (const { address } of wanted) {
    const kind = kinds.get(address.kind);
    const found = live.get(liveKey(address));
    if (!kind || !found) continue;
    if (found.owner === input.marks.owner) retirees.push({ kind, address, live: found });
    else {
      findings.push({
        code: found.owner === undefined ? "not_ours" : "owned_by_other",
        level: "note",
        at: addressText(address),
        text: `${address.name} ${found.owner === undefined ? "does not carry our mark" : `belongs to ${found.owner}`} and stays as it is`,
        fix: "Nothing to do, unless you meant another environment.",
      });
    }
  }
  return { retirees, findings };
}
