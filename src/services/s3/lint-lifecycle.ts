import type { LifecycleRuleConfig } from "./lifecycle-rules.ts";
import type { Mistake } from "./lint.ts";

type Rules = Readonly<Record<string, LifecycleRuleConfig>>;

/** The waterfall: objects only ever go down. Source: S3 user guide, "Transitioning objects using Amazon S3 Lifecycle". */
const DOWN = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
/** Classes that an object must have been stored for thirty days before, and that cost thirty days at least. */
const INFREQUENT = new Set(["STANDARD_IA", "ONEZONE_IA"]);
const LEAST_DAYS = 30;

interface Step {
  readonly days: number;
  readonly storageClass: string;
}

const mistake = (key: string, text: string, fix: string): Mistake => ["lifecycle_rule", `rule ${key}: ${text}`, fix];

/** S3's order of steps: each a class further down, later than the one before it. */
function stepMistakes(key: string, word: string, steps: readonly Step[]): Mistake[] {
  const inOrder = steps.toSorted((a, b) => a.days - b.days);
  return inOrder.flatMap(({ days, storageClass }, i): Mistake[] => {
    const before = inOrder[i - 1];
    const all: Mistake[] = [];
    // "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'"
    if (INFREQUENT.has(storageClass) && days < LEAST_DAYS)
      all.push(
        mistake(
          key,
          `${word} to ${storageClass} come after ${LEAST_DAYS} days at the earliest, not after ${days}`,
          `Say ${LEAST_DAYS} or more.`,
        ),
      );
    if (!before) return all;
    // "'StorageClass' must be different for 'Transition' actions in same 'Rule'"
    if (before.storageClass === storageClass)
      all.push(mistake(key, `two ${word} to ${storageClass}`, "Keep one of them."));
    else if (
      DOWN.indexOf(storageClass) < DOWN.indexOf(before.storageClass) ||
      (before.storageClass === "ONEZONE_IA" && storageClass === "GLACIER_IR")
    )
      all.push(
        mistake(
          key,
          `objects do not go from ${before.storageClass} to ${storageClass}`,
          `The order is ${DOWN.join(", ")} (ONEZONE_IA goes to GLACIER or DEEP_ARCHIVE).`,
        ),
      );
    // "'Days' in the 'Transition' action for StorageClass 'GLACIER' must be 30 days more than … 'STANDARD_IA'"
    else if (INFREQUENT.has(before.storageClass) && days < before.days + LEAST_DAYS)
      all.push(
        mistake(
          key,
          `${word} to ${storageClass} come ${LEAST_DAYS} days after those to ${before.storageClass} at the earliest`,
          `Say ${before.days + LEAST_DAYS} days or more.`,
        ),
      );
    else if (days === before.days)
      all.push(
        mistake(key, `${word} to ${before.storageClass} and ${storageClass} on the same day`, "Let one come later."),
      );
    return all;
  });
}

/** What goes must have been there: "'Days' in the Expiration action must be greater than 'Days' in the Transition action". */
function endMistakes(key: string, word: string, end: number | undefined, steps: readonly Step[]): Mistake[] {
  const last = Math.max(-1, ...steps.map(({ days }) => days));
  return end !== undefined && steps.length > 0 && end <= last
    ? [
        mistake(
          key,
          `${word} after ${end} days comes no later than the last transition (${last} days)`,
          `Say more than ${last} days.`,
        ),
      ]
    : [];
}

/** "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule" */
function mixedMistakes(key: string, { transitions = [], expiration }: LifecycleRuleConfig): Mistake[] {
  const dated = transitions.some(({ date }) => date !== undefined) || expiration?.date !== undefined;
  const counted = transitions.some(({ days }) => days !== undefined) || expiration?.days !== undefined;
  return dated && counted
    ? [mistake(key, "counts days here and names a date there", "Use days, or dates, throughout.")]
    : [];
}

/** Unfinished uploads and delete markers have neither tags nor a size. */
function filterMistakes(key: string, rule: LifecycleRuleConfig): Mistake[] {
  const narrowed =
    rule.tags !== undefined || rule.objectSizeGreaterThan !== undefined || rule.objectSizeLessThan !== undefined;
  const { objectSizeGreaterThan: more = 0, objectSizeLessThan: less = Infinity } = rule;
  return [
    ...(narrowed && rule.abortMultipartDays !== undefined
      ? [
          mistake(
            key,
            "unfinished uploads have no tags and no size to choose by",
            "Put `abortMultipartDays` into a rule of its own.",
          ),
        ]
      : []),
    ...(narrowed && rule.expiration?.expiredObjectDeleteMarker
      ? [
          mistake(
            key,
            "delete markers have no tags and no size to choose by",
            "Put `expiredObjectDeleteMarker` into a rule of its own.",
          ),
        ]
      : []),
    ...(less <= more
      ? [mistake(key, `no object is larger than ${more} and smaller than ${less} bytes`, "Change one of the two.")]
      : []),
  ];
}

const daysOf = (rule: LifecycleRuleConfig): Step[] =>
  (rule.transitions ?? []).flatMap(({ days, storageClass }) => (days === undefined ? [] : [{ days, storageClass }]));
const noncurrentOf = (rule: LifecycleRuleConfig): Step[] =>
  (rule.noncurrentVersionTransitions ?? []).map(({ noncurrentDays, storageClass }) => ({
    days: noncurrentDays,
    storageClass,
  }));

/** What S3 would refuse of lifecycle rules. */
export const lifecycleMistakes = (rules: Rules): Mistake[] =>
  Object.entries(rules).flatMap(([key, rule]) => [
    ...stepMistakes(key, "transitions", daysOf(rule)),
    ...endMistakes(key, "expiration", rule.expiration?.days, daysOf(rule)),
    ...stepMistakes(key, "noncurrentVersionTransitions", noncurrentOf(rule)),
    ...endMistakes(
      key,
      "noncurrentVersionExpiration",
      rule.noncurrentVersionExpiration?.noncurrentDays,
      noncurrentOf(rule),
    ),
    ...mixedMistakes(key, rule),
    ...filterMistakes(key, rule),
  ]);
