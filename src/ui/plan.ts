import { KNOWN_AFTER_APPLY } from "../engine/minted.ts";
import { type AttributeChange, addressText, type Finding, type Plan, type Step } from "../engine/types.ts";
import { leafChanges } from "./changes.ts";
import { clipPair } from "./clip.ts";
import type { Terminal } from "./terminal.ts";

const SIGN = { create: "+", update: "~", replace: "±", delete: "-", keep: "=" } as const;

/** A plan in the JSON shape that others script against (`diff --json`). */
export function planJson(
  plan: Plan,
  place: { env: string; account: string; region: string; calls: number },
  all: boolean,
): Record<string, unknown> {
  return {
    ...place,
    summary: summary(plan),
    steps: plan.steps.filter((step) => all || step.action !== "keep").map(stepJson),
    findings: plan.findings,
  };
}

export function summary(plan: Plan): Record<Step["action"], number> {
  const count = { create: 0, update: 0, replace: 0, delete: 0, keep: 0 };
  for (const step of plan.steps) count[step.action] += 1;
  return count;
}

function stepJson(step: Step): Record<string, unknown> {
  const { kind, id, name } = step.address;
  return {
    action: step.action,
    address: { kind, id, name },
    ...(step.attributes.length > 0 ? { attributes: step.attributes.map(attributeJson) } : {}),
    ...(step.because ? { because: step.because } : {}),
    ...(step.adopted ? { adopted: true } : {}),
  };
}

function attributeJson(change: AttributeChange): Record<string, unknown> {
  const { sensitive, before, after, ...rest } = change;
  const mask = (value: unknown): unknown => (sensitive && value !== undefined ? "(sensitive)" : (value ?? null));
  return { ...rest, before: mask(before), after: mask(after) };
}

function shown(value: unknown, sensitive: boolean | undefined): string {
  if (value === undefined || value === null) return "(none)";
  if (value === KNOWN_AFTER_APPLY) return KNOWN_AFTER_APPLY;
  if (sensitive) return "(sensitive)";
  return JSON.stringify(value);
}

const CAUSE = {
  config: "config changed",
  outside: "changed outside",
  both: "config changed, and changed outside",
} as const;

/** `path: live -> config`, one line a place that differs; what is sensitive is not looked into. */
function changeLines(change: AttributeChange, term: Terminal): string[] {
  const { paint } = term;
  const places = change.sensitive ? [change] : leafChanges(change.path, change.before, change.after);
  const cause = change.cause ? paint.dim(`  ${CAUSE[change.cause]}`) : "";
  const replaces = change.forcesReplace ? paint.red("  forces replacement") : "";
  return places.map(({ path, before, after }) => {
    const room = Math.max(30, Math.floor((term.width - path.length - 20) / 2));
    const wanted = after === undefined ? "(removed)" : shown(after, change.sensitive);
    const [from, to] = clipPair(shown(before, change.sensitive), wanted, room);
    return `      ${path}: ${from} -> ${to}${cause}${replaces}`;
  });
}

/** One line a resource, then one line a changed attribute, `live -> config`. */
export function planLines(plan: Plan, term: Terminal, all = false): string[] {
  const { paint } = term;
  const colour = { create: paint.green, update: paint.yellow, replace: paint.red, delete: paint.red, keep: paint.dim };
  const lines: string[] = [];
  for (const step of plan.steps) {
    if (step.action === "keep" && !all && !step.because) continue;
    const because = step.because ? paint.dim(`  (${step.because})`) : "";
    lines.push(
      `${colour[step.action](`${SIGN[step.action]} ${step.action.padEnd(7)}`)} ${addressText(step.address)}  ${paint.dim(step.address.name)}${because}`,
    );
    for (const change of step.attributes) lines.push(...changeLines(change, term));
  }
  return lines;
}

const LEVEL = { error: "error", warning: "warning", note: "note" } as const;

/** So many warnings or notes of one code are shown; more of them are counted. Errors are all shown. */
const ALIKE = 20;

export function findingLines(findings: readonly Finding[], term: Terminal): string[] {
  const colour = { error: term.paint.red, warning: term.paint.yellow, note: term.paint.dim };
  const alike = new Map<string, number>();
  const shown = findings.filter(({ level, code }) => {
    const before = alike.get(code) ?? 0;
    alike.set(code, before + 1);
    return level === "error" || before < ALIKE;
  });
  const counted = findings.length - shown.length;
  const more =
    counted > 0 ? [`${counted.toLocaleString("en")} more warnings and notes of these codes: --json has them all.`] : [];
  return [
    ...shown.flatMap((finding) => [
      `${colour[finding.level](LEVEL[finding.level])} ${finding.at}: ${finding.text} [${finding.code}]`,
      `      ${finding.fix}`,
    ]),
    ...more,
  ];
}

/**
 * The findings of a plan for people. What a destroy keeps stands among its steps with the reason; here one line says how
 * to take it too.
 */
export function planFindingLines(plan: Plan, term: Terminal): string[] {
  const kept = (finding: Finding): boolean => plan.mode === "destroy" && finding.code.startsWith("kept_");
  const lines = findingLines(
    plan.findings.filter((finding) => !kept(finding)),
    term,
  );
  const strangers = plan.findings.filter(({ code }) => code === "not_ours").length;
  if (strangers > 1 && plan.mode === "apply")
    lines.push(`${strangers} resources exist and do not carry our mark: \`--adopt all\` takes them over.`);
  const codes = new Set(plan.findings.filter(kept).map((finding) => finding.code));
  if (codes.has("kept_data")) lines.push("What is kept with its data goes too with `--include-data`.");
  if (codes.has("kept_foreign")) lines.push("What carries other people's parts stays until they have taken them out.");
  return lines;
}

/** `Plan: 3 to create, 1 to update.` */
export function summaryLine(plan: Plan): string {
  const count = summary(plan);
  const parts = (["create", "update", "replace", "delete"] as const)
    .filter((action) => count[action] > 0)
    .map((action) => `${count[action]} to ${action}`);
  const keep = `${count.keep} ${plan.mode === "destroy" ? "to keep" : "unchanged"}`;
  const adopted = plan.steps.filter((step) => step.adopted).length;
  if (adopted > 0) parts.push(`${adopted} of them to take over`);
  return parts.length === 0 ? `Nothing to do: ${keep}.` : `Plan: ${parts.join(", ")}; ${keep}.`;
}
