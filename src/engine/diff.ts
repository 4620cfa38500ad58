import { isPlain } from "./plain.ts";
import { shownValue, waits } from "./minted.ts";
import type { AttributeChange, FieldRule } from "./types.ts";

export type FieldRules = Readonly<Record<string, FieldRule | undefined>>;

/** A change before its cause is known. `segments` is the path, unjoined: keys of maps may hold dots. */
export interface PropChange extends AttributeChange {
  readonly segments: readonly string[];
}

/** Deep equality: absent equals undefined, the order of keys does not count, the order of lists does. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => sameValue(x, b[i]));
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (!isPlain(a) || !isPlain(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));
}

/** Differences of two values as leaf changes; lists of one length are compared item by item, others as a whole. */
function leaves(
  before: unknown,
  after: unknown,
  segments: readonly string[],
): { segments: readonly string[]; before: unknown; after: unknown }[] {
  if (sameValue(before, after)) return [];
  if (isPlain(before) && isPlain(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => leaves(before[key], after[key], [...segments, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, i) => leaves(item, after[i], [...segments, String(i)]));
  }
  return [{ segments, before, after }];
}

/**
 * What differs between live and desired props. Fields with an `equal` of their own are compared and shown as a whole. A
 * setting that the config does not name counts only where the last apply named it (`wasNamed`), and is AWS's default then.
 */
export function diffProps(
  live: object,
  desired: object,
  rules: FieldRules,
  wasNamed: (top: string) => boolean = () => true,
): PropChange[] {
  const before = live as Readonly<Record<string, unknown>>;
  const after = desired as Readonly<Record<string, unknown>>;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const rule = rules[key];
    if (after[key] === undefined && !rule?.absenceCounts && (!wasNamed(key) || sameValue(before[key], rule?.unset)))
      return [];
    // What nobody knows yet has no meaning to compare by.
    const found =
      rule?.equal && !waits(after[key])
        ? rule.equal(before[key], after[key])
          ? []
          : [{ segments: [key], before: before[key], after: after[key] }]
        : leaves(before[key], after[key], [key]);
    return found.map((leaf) => ({
      ...leaf,
      ...(waits(leaf.after) ? { after: shownValue(leaf.after), knownAfterApply: true } : {}),
      path: leaf.segments.join("."),
      ...(rule?.onChange === "replace" ? { forcesReplace: true } : {}),
      ...(rule?.sensitive ? { sensitive: true } : {}),
    }));
  });
}

/**
 * Declared tags that differ, and tags that were ours (`wasOurs`) and are declared no more. Other people's tags and
 * those of AWS itself (`aws:`) do not count.
 */
export function diffTags(
  live: Readonly<Record<string, string>>,
  desired: Readonly<Record<string, string>>,
  wasOurs: (key: string) => boolean,
): PropChange[] {
  const changed = Object.keys(desired).filter((key) => live[key] !== desired[key]);
  const dropped = Object.keys(live).filter((key) => !(key in desired) && !key.startsWith("aws:") && wasOurs(key));
  return [...changed, ...dropped]
    .sort()
    .map((key) => ({ segments: ["tags", key], path: `tags.${key}`, before: live[key], after: desired[key] }));
}
