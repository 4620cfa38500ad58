import type { LifecycleRule, TransitionDefaultMinimumObjectSize } from "@aws-sdk/client-s3";
import type { Coverage } from "../coverage.ts";
import { type LifecycleRuleConfig, ruleFrom, ruleTo } from "./lifecycle-rules.ts";
import type { BucketProps } from "./props.ts";

/** Our lifecycle rules are those with our ids; PutBucketLifecycleConfiguration replaces all, so other people's are sent along. */
const OURS = "metriccare-";
const NONCURRENT = `${OURS}noncurrent`;
const UPLOADS = `${OURS}uploads`;
const EXPIRE = `${OURS}expire-`;
const OWN = `${OURS}rule-`;

export type Lifecycle = Pick<
  BucketProps,
  "noncurrentDays" | "abortMultipartDays" | "expireDays" | "lifecycleRules" | "transitionMinimumSize"
>;

export const coverage = {
  Expiration: "managed",
  ID: "identity",
  Prefix: "managed",
  Filter: "managed",
  Status: "managed",
  Transitions: "managed",
  NoncurrentVersionTransitions: "managed",
  NoncurrentVersionExpiration: "managed",
  AbortIncompleteMultipartUpload: "managed",
} satisfies Coverage<LifecycleRule>;

/** What our rules among `rules` say. A rule that somebody switched off or narrowed says nothing, and so shows as drift. */
export function readLifecycle(
  rules: readonly LifecycleRule[],
  minimum?: TransitionDefaultMinimumObjectSize | undefined,
): Lifecycle {
  const on = rules.filter((rule) => rule.Status === "Enabled");
  const whole = on.filter((rule) => prefixOf(rule) === "");
  return {
    noncurrentDays: whole.find((rule) => rule.ID === NONCURRENT)?.NoncurrentVersionExpiration?.NoncurrentDays ?? null,
    abortMultipartDays:
      whole.find((rule) => rule.ID === UPLOADS)?.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null,
    expireDays: Object.fromEntries(
      on.flatMap((rule) => {
        const days = rule.Expiration?.Days;
        return rule.ID?.startsWith(EXPIRE) && days ? [[prefixOf(rule), days] as const] : [];
      }),
    ),
    ...ownRules(rules),
    ...(minimum ? { transitionMinimumSize: minimum } : {}),
  };
}

/** The config's own rules, as they are: switched off or narrowed they say so themselves. */
function ownRules(rules: readonly LifecycleRule[]): Pick<Lifecycle, "lifecycleRules"> {
  const own = rules.flatMap((rule): [string, LifecycleRuleConfig][] =>
    rule.ID?.startsWith(OWN) ? [[rule.ID.slice(OWN.length), ruleFrom(rule)]] : [],
  );
  return own.length > 0 ? { lifecycleRules: Object.fromEntries(own) } : {};
}

/** Other people's rules with ours behind them. */
export function mergeLifecycle(rules: readonly LifecycleRule[], lifecycle: Lifecycle): LifecycleRule[] {
  return [...rules.filter((rule) => !rule.ID?.startsWith(OURS)), ...ourRules(lifecycle)];
}

function ourRules({ noncurrentDays, abortMultipartDays, expireDays, lifecycleRules = {} }: Lifecycle): LifecycleRule[] {
  const base = { Status: "Enabled", Filter: { Prefix: "" } } as const;
  const rules: LifecycleRule[] = [];
  if (noncurrentDays !== null) {
    rules.push({
      ...base,
      ID: NONCURRENT,
      NoncurrentVersionExpiration: { NoncurrentDays: noncurrentDays },
      // A delete marker with nothing behind it is left over once the versions are gone.
      Expiration: { ExpiredObjectDeleteMarker: true },
    });
  }
  if (abortMultipartDays !== null) {
    rules.push({ ...base, ID: UPLOADS, AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortMultipartDays } });
  }
  for (const [prefix, days] of Object.entries(expireDays)) {
    const ID = `${EXPIRE}${prefix.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
    rules.push({ ...base, Filter: { Prefix: prefix }, ID, Expiration: { Days: days } });
  }
  for (const [key, rule] of Object.entries(lifecycleRules)) rules.push(ruleTo(`${OWN}${key}`, rule));
  return rules;
}

// `Prefix` beside `Filter` is the older spelling; AWS keeps what was sent. Any other filter narrows the rule.
function prefixOf(rule: LifecycleRule): string {
  if (rule.Filter?.And || rule.Filter?.Tag || rule.Filter?.ObjectSizeGreaterThan || rule.Filter?.ObjectSizeLessThan) {
    return "narrowed";
  }
  return rule.Filter?.Prefix ?? rule.Prefix ?? "";
}
