import { diffProps, diffTags, type PropChange } from "./diff.ts";
import { Applied, fingerprint } from "./fingerprint.ts";
import {
  addressText,
  type AnyKind,
  type AttributeChange,
  type Desired,
  type FieldRule,
  type Finding,
  type Live,
  type Marks,
  type Step,
  type Tags,
} from "./types.ts";

type Rules = Readonly<Record<string, FieldRule | undefined>>;

/** `fields` is keyed by the props of the kind, which the engine does not know. */
export const rulesOf = <C>(kind: AnyKind<C>): Rules => (kind.fields ?? {}) as Rules;

/** Declared tags and both marks: what a create or an update puts on a resource. */
export function writeTags<C>(kind: AnyKind<C>, desired: Desired, marks: Marks): Tags {
  return {
    ...desired.tags,
    [marks.ownerKey]: marks.owner,
    [marks.appliedKey]: fingerprint(desired.props, desired.tags, rulesOf(kind)),
  };
}

/** Everything that differs between a resource and its declaration, with who moved it where that can be told. */
export function differences<C>(kind: AnyKind<C>, desired: Desired, live: Live, marks: Marks): AttributeChange[] {
  const rules = rulesOf(kind);
  const applied = kind.untaggable ? undefined : Applied.parse(live.tags[marks.appliedKey]);
  const isMark = (key: string): boolean => key === marks.ownerKey || key === marks.appliedKey;
  const ours = (key: string): boolean => !isMark(key) && applied?.hadTag(key) === true;
  // Where AWS has no tags nobody knows what the last apply named: every attribute counts.
  const wasNamed = (top: string): boolean => kind.untaggable === true || applied?.named(top) === true;
  const props = diffProps(live.props, desired.props, rules, wasNamed).map((change) =>
    shown(change, applied?.cause(change.segments, desired.props, rules, live.props)),
  );
  const tagCause = (key: string): AttributeChange["cause"] => applied?.tagCause(key, desired.tags[key], live.tags[key]);
  const tags = kind.untaggable
    ? []
    : diffTags(live.tags, desired.tags, ours).map((change) => shown(change, tagCause(change.segments[1] ?? "")));
  return [...props, ...tags];
}

function shown(found: PropChange, cause: AttributeChange["cause"]): AttributeChange {
  const { segments: _segments, ...change } = found;
  // Nobody moved what AWS has yet to mint.
  return cause && !change.knownAfterApply ? { ...change, cause } : change;
}

/** What the marks themselves still need: ownership when adopting, the fingerprint when an interrupted update left an old one. */
function markChanges<C>(kind: AnyKind<C>, desired: Desired, live: Live, marks: Marks): AttributeChange[] {
  if (kind.untaggable)
    return live.owner === marks.owner ? [] : [{ path: "owner", before: live.owner, after: marks.owner }];
  const wanted = writeTags(kind, desired, marks);
  const change = (key: string): AttributeChange => ({
    path: `tags.${key}`,
    before: live.tags[key],
    after: wanted[key],
  });
  if (live.owner !== marks.owner) return [change(marks.ownerKey)];
  // To the letter what would be written now: nothing in it can be old.
  if (live.tags[marks.appliedKey] === wanted[marks.appliedKey]) return [];
  const applied = Applied.parse(live.tags[marks.appliedKey]);
  const rules = rulesOf(kind);
  return !applied || applied.stale(desired.props, desired.tags, rules) || namesMore(applied, desired, live, rules)
    ? [change(marks.appliedKey)]
    : [];
}

/** The record names a setting that the config does not, and that is AWS's default already: it is read for nothing. */
function namesMore(applied: Applied, desired: Desired, live: Live, rules: Rules): boolean {
  const declared: Readonly<Record<string, unknown>> = { ...desired.props };
  return [...Object.keys(live.props), ...Object.keys(rules)].some(
    (top) => declared[top] === undefined && applied.named(top),
  );
}

export type Verdict = { readonly step?: Omit<Step, "after">; readonly findings: readonly Finding[] };

/** What is to be done about one declared resource, given what is there. */
export function decide<C>(
  kind: AnyKind<C>,
  desired: Desired,
  live: Live | undefined,
  marks: Marks,
  adopt: boolean,
): Verdict {
  const { address } = desired;
  const at = addressText(address);
  const step = (action: Step["action"], attributes: readonly AttributeChange[], because?: string): Verdict => ({
    step: {
      action,
      address,
      attributes,
      desired,
      ...(because ? { because } : {}),
      ...(live ? { live } : {}),
      ...(kind.lane ? { lane: kind.lane(address, desired.props) } : {}),
    },
    findings: [],
  });
  if (!live) return step("create", []);
  const changes = differences(kind, desired, live, marks);
  if (live.owner !== undefined && live.owner !== marks.owner)
    return { findings: [ownedByOther(at, desired, live.owner)] };
  const refused = changes.flatMap((change) => {
    const rule = rulesOf(kind)[change.path.split(".")[0] ?? ""];
    return rule?.onChange === "refuse" ? [{ change, reason: rule.reason }] : [];
  });
  if (live.owner === undefined && refused.length > 0)
    return {
      findings: [
        notAdoptable(
          at,
          desired,
          refused[0]?.reason,
          refused.map(({ change }) => change),
        ),
      ],
    };
  if (live.owner === undefined && !adopt) return { findings: [notOurs(at, desired, changes)] };
  if (refused.length > 0) return { findings: refused.map(({ change, reason }) => refusal(at, change, reason)) };
  const marked = markChanges(kind, desired, live, marks);
  if (live.owner === undefined)
    return taken(step(changes.some((c) => c.forcesReplace) ? "replace" : "update", [...marked, ...changes], "adopted"));
  if (changes.some((change) => change.forcesReplace)) return step("replace", changes);
  if (changes.length > 0) return step("update", changes);
  return marked.length > 0 ? step("update", marked, "the record of what was applied is out of date") : step("keep", []);
}

const taken = ({ step, findings }: Verdict): Verdict => ({
  ...(step ? { step: { ...step, adopted: true } } : {}),
  findings,
});

function ownedByOther(at: string, desired: Desired, owner: string): Finding {
  return {
    code: "owned_by_other",
    level: "error",
    at,
    text: `${desired.address.name} belongs to ${owner}`,
    fix: `Give this one another \`name\` in the config, or destroy it from the environment that owns it.`,
  };
}

function notOurs(at: string, desired: Desired, changes: readonly AttributeChange[]): Finding {
  const text = (value: unknown): string => (value === undefined ? "(none)" : JSON.stringify(value));
  const lines = changes.map((c) =>
    c.sensitive ? `${c.path} (sensitive)` : `${c.path}: ${text(c.before)} -> ${text(c.after)}`,
  );
  return {
    code: "not_ours",
    level: "error",
    at,
    text: `${desired.address.name} exists and does not carry our mark; ${lines.length === 0 ? "it is as declared" : `it differs in ${lines.join(", ")}`}`,
    fix: `\`--adopt ${at}\` takes it over${lines.length === 0 ? "" : " and makes these changes"}; or choose another \`name\` in the config.`,
    attributes: changes,
  };
}

/** Somebody else's, and not to be made into what is declared: `--adopt` would not help. */
function notAdoptable(
  at: string,
  desired: Desired,
  reason = UNCHANGEABLE,
  changes: readonly AttributeChange[],
): Finding {
  const differs = changes
    .map(({ path, before, after }) => `${path} is ${shownValue(before)}, the config has ${shownValue(after)}`)
    .join(", ");
  return {
    code: "not_adoptable",
    level: "error",
    at,
    text: `${desired.address.name} exists, does not carry our mark, and cannot be taken over: ${differs} (${reason})`,
    fix: "Choose another `name` in the config: what is there stays as it is.",
    attributes: changes,
  };
}

const UNCHANGEABLE = "AWS cannot change it in place";
const shownValue = (value: unknown): string => (value === undefined || value === null ? "none" : JSON.stringify(value));

function refusal(at: string, change: AttributeChange, reason = UNCHANGEABLE): Finding {
  return {
    code: "change_refused",
    level: "error",
    at,
    text: `${change.path} cannot be changed: ${reason}`,
    fix: "Undo the change in the config, or make it under a new id and move what depends on it.",
    attributes: [change],
  };
}
