import type { FindingCode } from "../codes/index.ts";
import { decide } from "./decide.ts";
import { keptByOthers } from "./guard.ts";
import { type Mint, type Reference, references, settled, waits } from "./minted.ts";
import { liveKey, type Observed } from "./observe.ts";
import type { LooseStep } from "./order.ts";
import {
  type Address,
  addressText,
  type AnyKind,
  type Desired,
  type Finding,
  type Live,
  type Marks,
  type Plan,
} from "./types.ts";

/**
 * Stands for every declared resource that exists without our mark: those are taken over, but nothing of them is replaced,
 * nothing is taken that carries another's mark, and what others may keep for us (`Kind.guarded`) stays theirs. No address looks like it.
 */
export const ADOPT_ALL = "all";

/** Addresses (text) of what a plan takes over. */
export const adoptedBy = (plan: Pick<Plan, "steps">): readonly string[] =>
  plan.steps.filter(({ adopted }) => adopted).map(({ address }) => addressText(address));

/** What of a plan's input its declared resources are judged by. */
export interface Declaring<C> {
  readonly ctx: C;
  readonly marks: Marks;
  readonly adopt?: ReadonlySet<string>;
  readonly includeData?: boolean;
  statement?(address: Address): string;
}

interface Judged {
  readonly step?: LooseStep;
  readonly findings: readonly Finding[];
}

/**
 * What is to be done about each declared resource. Who mints a value comes before who waits for it: what is there stands
 * in the plan with its real value.
 */
export async function declaredSteps<C>(
  input: Declaring<C>,
  kinds: ReadonlyMap<string, AnyKind<C>>,
  wanted: readonly Desired[],
  { live, around }: Pick<Observed, "live" | "around">,
): Promise<{ steps: LooseStep[]; findings: Finding[] }> {
  const minted = new Map<string, Mint>();
  const known = ({ of, what }: Reference): string | undefined => minted.get(of)?.[what];
  const judged = new Map<string, Judged>();
  for (const declared of mintersFirst(wanted)) {
    const kind = kinds.get(declared.address.kind);
    if (!kind) continue;
    const key = liveKey(declared.address);
    const found = { live: live.get(key), around: around.get(key) };
    const desired = settledBy(declared, known);
    const verdict = await judge(input, kind, desired, found);
    const late =
      desired === declared || waits(desired.props) ? [] : (kind.lint?.(desired.address, desired.props) ?? []);
    const at = addressText(declared.address);
    judged.set(at, { ...verdict, findings: [...late, ...verdict.findings] });
    minted.set(at, stays(kind, found.live, verdict.step));
  }
  const all = wanted.flatMap(({ address }) => judged.get(addressText(address)) ?? []);
  return {
    steps: all.flatMap(({ step }) => step ?? []),
    findings: all.flatMap(({ findings }) => findings),
  };
}

/** In an order in which nobody comes before what it waits for; there are no circles by now. */
function mintersFirst(wanted: readonly Desired[]): readonly Desired[] {
  const waiting = new Map(wanted.map((desired) => [desired, references(desired.props).map(({ of }) => of)] as const));
  if (![...waiting.values()].some((of) => of.length > 0)) return wanted;
  const first: Desired[] = [];
  let rest = [...wanted];
  while (rest.length > 0) {
    const pending = new Set(rest.map(({ address }) => addressText(address)));
    const free = rest.filter((desired) => !waiting.get(desired)?.some((of) => pending.has(of)));
    if (free.length === 0) return [...first, ...rest];
    first.push(...free);
    const done = new Set(free);
    rest = rest.filter((desired) => !done.has(desired));
  }
  return first;
}

function settledBy(desired: Desired, known: (reference: Reference) => string | undefined): Desired {
  const props = settled(desired.props, known);
  return props === desired.props ? desired : { ...desired, props };
}

/** What it has minted and what this plan leaves as it is. */
function stays<C>(kind: AnyKind<C>, live: Live | undefined, step: LooseStep | undefined): Mint {
  if (step?.action === "create" || step?.action === "replace") return {};
  const changed = new Set((step?.attributes ?? []).map(({ path }) => path.split(".")[0] ?? ""));
  const anew = kind.remints?.(changed) ?? [];
  return Object.fromEntries(Object.entries(live?.minted ?? {}).filter(([what]) => !anew.includes(what)));
}

async function judge<C>(
  input: Declaring<C>,
  kind: AnyKind<C>,
  desired: Desired,
  { live, around }: { readonly live: Live | undefined; readonly around: unknown },
): Promise<Judged> {
  const named = input.adopt?.has(addressText(desired.address)) ?? false;
  const theirs = named ? undefined : keptByOthers(input, kind, desired, live);
  if (theirs) return { findings: theirs };
  const verdict = decide(kind, desired, live, input.marks, named || input.adopt?.has(ADOPT_ALL) === true);
  if (verdict.step?.adopted && verdict.step.action === "replace" && !named)
    return { findings: [adoptReplaces(verdict.step)] };
  const inspected = kind.inspect?.(input.ctx, desired.address, desired.props, live, around) ?? [];
  const checked =
    verdict.step?.action === "replace" ? await checkReplace(input, kind, verdict.step) : { step: verdict.step };
  return {
    ...(checked.step ? { step: checked.step } : {}),
    findings: [...verdict.findings, ...inspected, ...("findings" in checked ? checked.findings : [])],
  };
}

/** Taking over many at once deletes nothing: each such one must be named. */
function adoptReplaces({ address, attributes }: LooseStep): Finding {
  const at = addressText(address);
  const forced = attributes.filter((change) => change.forcesReplace);
  return {
    code: "adopt_replaces",
    level: "error",
    at,
    text: `${address.name} exists without our mark, and becomes as declared only by being deleted and made anew (${forced.map(({ path }) => path).join(", ")}): \`--adopt all\` does not do that`,
    fix: `Make the config say what is there, or name it: \`--adopt ${at}\`.`,
    attributes: forced,
  };
}

/** A replacement deletes first: not what holds data, unless asked for, and never what carries other people's parts. */
async function checkReplace<C>(
  input: Declaring<C>,
  kind: AnyKind<C>,
  step: LooseStep,
): Promise<{ step?: LooseStep; findings: Finding[] }> {
  const { address, live } = step;
  if (!live) return { step, findings: [] };
  const [data, foreign] = await Promise.all([
    kind.holdsData?.(input.ctx, address, live, new Set()),
    kind.carriesForeign?.(input.ctx, address, live),
  ]);
  const forced = step.attributes.filter((change) => change.forcesReplace);
  const refuse = (code: FindingCode, why: string, fix: string): { findings: Finding[] } => ({
    findings: [
      {
        code,
        level: "error",
        at: addressText(address),
        text: `${forced.map(({ path }) => path).join(", ")} can only change by replacement, but ${address.name} ${why}`,
        fix,
        attributes: forced,
      },
    ],
  });
  if (foreign !== undefined)
    return refuse("replace_loses_foreign", foreign, "Undo the change, or remove the other people's parts first.");
  if (data !== undefined && !input.includeData)
    return refuse("replace_loses_data", data, "Undo the change, or `--include-data` deletes what it holds.");
  return { step: { ...step, ...(data !== undefined && kind.empty ? { empty: true } : {}) }, findings: [] };
}
