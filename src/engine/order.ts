import { mintHandle } from "./minted.ts";
import { acyclic, closure, type Graph, handleIndex } from "./graph.ts";
import { addressText, type AnyKind, type Step } from "./types.ts";

/** A step before it is known what it waits for. */
export type LooseStep = Omit<Step, "after">;
type Loose = LooseStep;
/** By address (text): those whose minted values its declaration holds. */
type Uses = ReadonlyMap<string, readonly string[]>;

/** Steps that take something away: a delete, or the removal of our parts from what stays. */
const retires = (step: Loose): boolean => step.action === "delete" || step.strip === true;
const changes = (step: Loose): boolean => step.action === "update" || step.action === "replace";

/**
 * Which step waits for which. What is declared waits for what it needs; what goes waits for everything that still uses
 * it to go or to let go (`uses`: by what it mints); within a lane things go before new ones come, and what one does for another
 * is taken on before it is given up, where that ties no knot. `last` goes at the very end, in its order.
 */
export function order<C>(
  ctx: C,
  kinds: ReadonlyMap<string, AnyKind<C>>,
  loose: readonly Loose[],
  last: readonly string[] = [],
  uses: Uses = new Map(),
): Step[] {
  const props = (step: Loose, of: "desired" | "live"): object | undefined => step[of]?.props;
  const ask = (step: Loose, of: "desired" | "live", what: "handles" | "needs"): readonly string[] => {
    const kind = kinds.get(step.address.kind);
    const value = props(step, of);
    return kind && value ? [...kind[what](ctx, step.address, value), ...mintEdges(step, of, what, uses)] : [];
  };
  const key = (step: Loose): string => addressText(step.address);
  const after = new Map<string, Set<string>>(loose.map((step) => [key(step), new Set()]));
  const wait = (step: string, other: string): void => {
    if (step !== other) after.get(step)?.add(other);
  };

  const declared = loose.filter((step) => step.desired);
  const makers = handleIndex(declared.map((step) => ({ key: key(step), handles: ask(step, "desired", "handles") })));
  for (const step of declared) {
    for (const need of ask(step, "desired", "needs"))
      for (const maker of makers.get(need) ?? []) wait(key(step), maker);
  }

  const going = handleIndex(
    loose
      .filter((step) => retires(step) || step.action === "replace")
      .map((step) => ({ key: key(step), handles: ask(step, "live", "handles") })),
  );
  const replaced = new Set(loose.filter((step) => step.action === "replace").map(key));
  for (const user of loose.filter((step) => retires(step) || changes(step))) {
    const outlived = (need: string): boolean =>
      user.action === "delete" && kinds.get(user.address.kind)?.outlives?.(need) === true;
    for (const need of ask(user, "live", "needs")) {
      if (outlived(need)) continue;
      for (const goes of going.get(need) ?? []) {
        // Who uses a replaced resource by name and stays goes on doing so: it waits by the rule above.
        if (user.with !== goes && (!replaced.has(goes) || retires(user))) wait(goes, key(user));
      }
    }
  }
  // Who goes with another is gone after it, and that one waits for whoever used what goes with it.
  for (const step of loose) {
    if (step.with === undefined) continue;
    for (const other of after.get(key(step)) ?? []) wait(step.with, other);
    wait(key(step), step.with);
  }

  let graph: Graph = acyclic(after);
  graph = lanesClearFirst(loose, graph);
  graph = takenOnFirst(kinds, loose, graph);
  for (const end of last) {
    if (loose.some((step) => key(step) === end && retires(step))) graph = atTheEnd(graph, end);
  }
  return sorted(loose.map((step) => ({ ...step, after: [...(graph.get(key(step)) ?? [])].sort() })));
}

/** What is minted ties two resources as names do; of what is there, so do the values themselves. */
function mintEdges(step: Loose, of: "desired" | "live", what: "handles" | "needs", uses: Uses): readonly string[] {
  const at = addressText(step.address);
  if (what === "handles") return [mintHandle(at), ...(of === "live" ? Object.values(step.live?.minted ?? {}) : [])];
  return (uses.get(at) ?? []).map(mintHandle);
}

const atTheEnd = (graph: Graph, last: string): Graph =>
  new Map(
    [...graph].map(([step, waits]) =>
      step === last ? [step, new Set([...graph.keys()].filter((k) => k !== last))] : [step, without(waits, last)],
    ),
  );

const without = (set: ReadonlySet<string>, item: string): ReadonlySet<string> =>
  new Set([...set].filter((x) => x !== item));

/** A workflow takes one start trigger: the old one goes before its successor comes. */
function lanesClearFirst(loose: readonly Loose[], graph: Graph): Graph {
  const wider = new Map([...graph].map(([key, needs]) => [key, new Set(needs)]));
  const comers = new Map<string, string[]>();
  for (const { lane, action, address } of loose) {
    if (lane === undefined || action !== "create") continue;
    const comes = comers.get(lane);
    if (comes) comes.push(addressText(address));
    else comers.set(lane, [addressText(address)]);
  }
  for (const { lane, action, address } of loose) {
    const comes = lane === undefined || action !== "delete" ? undefined : comers.get(lane);
    if (!comes) continue;
    const to = addressText(address);
    // Who comes and is not among what this one waits for can wait for it: that adds nothing to what it waits for.
    const before = closure(wider, [to]);
    for (const from of comes) if (!before.has(from)) wider.get(from)?.add(to);
  }
  return wider;
}

/** What is done for others is taken on before it is given up. */
function takenOnFirst<C>(kinds: ReadonlyMap<string, AnyKind<C>>, loose: readonly Loose[], graph: Graph): Graph {
  const covers = ({ address: { kind } }: Loose, state: Loose["live"] | Loose["desired"]): readonly string[] =>
    (state && kinds.get(kind)?.covers?.(state.props)) ?? [];
  const takers = new Map<string, string[]>();
  const givers: { readonly key: string; readonly gives: readonly string[] }[] = [];
  for (const step of loose) {
    if (step.action === "keep" || !kinds.get(step.address.kind)?.covers) continue;
    const [before, after] = [covers(step, step.live), retires(step) ? [] : covers(step, step.desired)];
    const [had, has] = [new Set(before), new Set(after)];
    const key = addressText(step.address);
    for (const one of after) if (!had.has(one)) takers.set(one, [...(takers.get(one) ?? []), key]);
    givers.push({ key, gives: before.filter((one) => !has.has(one)) });
  }
  const wider = new Map([...graph].map(([key, needs]) => [key, new Set(needs)]));
  for (const { key: giver, gives } of givers)
    for (const taker of new Set(gives.flatMap((one) => takers.get(one) ?? [])))
      if (!closure(wider, [taker]).has(giver)) wider.get(giver)?.add(taker);
  return wider;
}

/** In an order that could be carried out one by one, otherwise as given: plans read the way they run. */
function sorted(steps: readonly Step[]): Step[] {
  const byKey = new Map(steps.map((step) => [addressText(step.address), step]));
  const seen = new Set<string>();
  const result: Step[] = [];
  // Without calling itself: a chain may be longer than the stack is deep.
  const path: { readonly step: Step; readonly rest: Iterator<string> }[] = [];
  const enter = (step: Step | undefined): void => {
    const key = step && addressText(step.address);
    if (!step || key === undefined || seen.has(key)) return;
    seen.add(key);
    path.push({ step, rest: step.after.values() });
  };
  for (const first of steps) {
    enter(first);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.next();
      if (!next.done) enter(byKey.get(next.value));
      else {
        result.push(top.step);
        path.pop();
      }
    }
  }
  return result;
}
