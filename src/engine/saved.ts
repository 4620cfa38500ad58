import type { FindingCode } from "../codes/index.ts";
import { createHash } from "node:crypto";
import { rulesOf } from "./decide.ts";
import { type FieldRules } from "./diff.ts";
import { stable } from "./fingerprint.ts";
import {
  type Action,
  type Address,
  addressText,
  type AnyKind,
  type AttributeChange,
  type Desired,
  type Finding,
  type Live,
  type Plan,
  type Step,
} from "./types.ts";

/** One step of a saved plan: what was agreed to, and what the resource was like then. */
export interface SavedStep {
  readonly action: Action;
  readonly address: Address;
  /** Hash of the live state; null where there was none. */
  readonly live: string | null;
  /** What changes, without the values of sensitive attributes. */
  readonly attributes: readonly { readonly path: string; readonly before: string | null }[];
  readonly after: readonly string[];
}

type Kinds<C> = readonly AnyKind<C>[];

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Sensitive values stay out: a hash of a secret helps whoever guesses at it. */
const open = (props: object, rules: FieldRules): object =>
  Object.fromEntries(Object.entries(props).filter(([key]) => !rules[key]?.sensitive));

const rulesFor = <C>(kinds: Kinds<C>, name: string): FieldRules => {
  const kind = kinds.find((one) => one.name === name);
  return kind ? rulesOf(kind) : {};
};

const fingerprintOf = (live: Live | undefined, rules: FieldRules): string | null =>
  live ? sha256(stable({ props: open(live.props, rules), tags: live.tags, owner: live.owner })) : null;

/** Hash of everything that the config declares: a saved plan is for one config. */
export function declarationHash<C>(kinds: Kinds<C>, desired: readonly Desired[]): string {
  const all = desired
    .map(({ address, props, tags }) => [
      addressText(address),
      address.name,
      open(props, rulesFor(kinds, address.kind)),
      tags,
    ])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return sha256(stable(all));
}

const isWork = (step: Pick<Step, "action" | "strip">): boolean => step.action !== "keep" || step.strip === true;

const valueHash = (change: AttributeChange): string | null =>
  change.sensitive ? null : sha256(stable(change.before ?? null)).slice(0, 16);

/** The steps of a plan as they go into a file. */
export const saveSteps = <C>(kinds: Kinds<C>, plan: Pick<Plan, "steps">): SavedStep[] =>
  plan.steps.filter(isWork).map((step) => ({
    action: step.action,
    address: step.address,
    live: fingerprintOf(step.live, rulesFor(kinds, step.address.kind)),
    attributes: step.attributes.map((change) => ({ path: change.path, before: valueHash(change) })),
    after: step.after,
  }));

/**
 * Holds a plan that was just made against a saved one. Steps whose resource is as it was are kept; those whose resource
 * moved are refused, and say why; what is as wanted by now is done; what was not in the saved plan is left alone.
 * `trusted` is an address that this very run has changed already (the lease's bucket).
 */
export function restrict<C>(saved: readonly SavedStep[], plan: Plan, kinds: Kinds<C>, trusted?: string): Plan {
  const agreed = new Map(saved.map((step) => [addressText(step.address), step]));
  const fresh = new Map(plan.steps.map((step) => [addressText(step.address), step]));
  const needed = new Set(saved.flatMap((step) => step.after));
  const findings: Finding[] = [];
  const steps = plan.steps.map((step): Step => {
    const at = addressText(step.address);
    const then = agreed.get(at);
    if (!then) return isWork(step) ? unplanned(step, needed.has(at), findings) : step;
    const after = [...new Set([...step.after, ...then.after])];
    if (!isWork(step)) {
      findings.push(note("plan_step_done", at, "is as the plan wants it by now", "Nothing to do."));
      return step;
    }
    const why = at === trusted ? undefined : moved(then, step, rulesFor(kinds, step.address.kind));
    return why === undefined ? { ...step, after } : refuse({ ...step, after }, why, findings);
  });
  const lost = saved
    .filter((then) => !fresh.has(addressText(then.address)))
    .flatMap((then) => absent(then, plan.findings, findings));
  // A finding about one resource of the plan refuses its step alone; about others, it is no business of this plan.
  const others = plan.findings.map((finding): Finding =>
    finding.level === "error" ? { ...finding, level: "warning" } : finding,
  );
  return { ...plan, steps: [...steps, ...lost], findings: [...others, ...findings] };
}

const note = (code: FindingCode, at: string, text: string, fix: string, level: Finding["level"] = "note"): Finding => ({
  code,
  level,
  at,
  text,
  fix,
});

const FIX = "Make a new plan with `diff --out`, look at it, and apply that.";

function refuse(step: Step, why: string, findings: Finding[]): Step {
  const text = `moved since the plan was made: ${why}`;
  findings.push(note("plan_step_moved", addressText(step.address), text, FIX, "warning"));
  return { ...step, refused: { code: "plan_step_moved", text, fix: FIX } };
}

/** A change that nobody has agreed to. Steps that need its resource must not run into it. */
function unplanned(step: Step, needed: boolean, findings: Finding[]): Step {
  if (needed && step.action !== "update")
    return refuse(step, `the plan counted on it, and now it wants a ${step.action}`, findings);
  const text = `wants a ${step.action} by now, which is not in the plan: left as it is`;
  findings.push(note("plan_lacks_step", addressText(step.address), text, FIX));
  const { strip: _strip, ...rest } = step;
  return { ...rest, action: "keep", attributes: [] };
}

/** Nothing is to be done about it any more, or nothing can be: it belongs to somebody else by now. */
function absent(then: SavedStep, planned: readonly Finding[], findings: Finding[]): Step[] {
  const at = addressText(then.address);
  const finding = planned.find((one) => one.at === at && one.level === "error");
  if (!finding) {
    findings.push(note("plan_step_done", at, "is gone by now", "Nothing to do."));
    return [];
  }
  return [
    refuse({ action: then.action, address: then.address, attributes: [], after: then.after }, finding.text, findings),
  ];
}

/** What is not as it was, in words; undefined when nothing moved. */
function moved(then: SavedStep, now: Step, rules: FieldRules): string | undefined {
  const live = fingerprintOf(now.live, rules);
  if (live === then.live && now.action === then.action) return undefined;
  if (then.live === null) return `it exists by now (${now.action} instead of ${then.action})`;
  if (live === null) return `it is gone (${now.action} instead of ${then.action})`;
  const before = new Map(then.attributes.map(({ path, before: hash }) => [path, hash]));
  const paths = now.attributes
    .filter((change) => !change.path.startsWith("tags.metriccare:"))
    .filter((change) => !before.has(change.path) || before.get(change.path) !== valueHash(change))
    .map(({ path }) => path);
  const settled = then.attributes
    .map(({ path }) => path)
    .filter((path) => !now.attributes.some((one) => one.path === path));
  const all = [...new Set([...paths, ...settled])];
  if (all.length > 0)
    return `${all.join(", ")} ${all.length === 1 ? "is" : "are"} not what ${all.length === 1 ? "it was" : "they were"}`;
  return now.action === then.action
    ? "something about it that the plan does not touch changed"
    : `it wants a ${now.action} instead of a ${then.action}`;
}
