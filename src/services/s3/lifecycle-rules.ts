import type {
  LifecycleRule,
  LifecycleRuleFilter,
  NoncurrentVersionTransition,
  Transition,
  TransitionStorageClass,
} from "@aws-sdk/client-s3";
import { z } from "zod";
import { tagMap } from "../../aws/marks.ts";
import { given, mapDelta, sameJson, sameSet } from "../kit.ts";

const days = z.int().min(1).max(36_500);
const date = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, "a day such as 2027-01-31")
  .refine((text) => !Number.isNaN(Date.parse(text)), "a day that the calendar has");

const STORAGE_CLASSES = [
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
] as const satisfies readonly TransitionStorageClass[];
const storageClass = z.enum(STORAGE_CLASSES).describe("StorageClass.");

const one = (a: unknown, b: unknown): boolean => (a === undefined) !== (b === undefined);

/** What becomes of objects, by rules of your own. */
export const lifecycleRuleSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Status."),
    prefix: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe("Filter.Prefix: beginning of the keys. Default: every key."),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .optional()
      .describe("Filter.Tag: tags that an object must bear, every one of them."),
    objectSizeGreaterThan: z.int().min(0).optional().describe("Filter.ObjectSizeGreaterThan, bytes."),
    objectSizeLessThan: z.int().min(1).optional().describe("Filter.ObjectSizeLessThan, bytes."),
    expiration: z
      .strictObject({
        days: days.optional(),
        date: date.optional(),
        expiredObjectDeleteMarker: z.literal(true).optional(),
      })
      .refine(
        (all) => Object.values(all).filter((value) => value !== undefined).length === 1,
        "says exactly one of `days`, `date` and `expiredObjectDeleteMarker`",
      )
      .optional()
      .describe("Expiration: when current objects go."),
    transitions: z
      .array(
        z
          .strictObject({ days: z.int().min(0).max(36_500).optional(), date: date.optional(), storageClass })
          .refine((step) => one(step.days, step.date), "says either `days` or `date`"),
      )
      .min(1)
      .optional()
      .describe("Transitions: when current objects go to a cheaper storage class."),
    noncurrentVersionExpiration: z
      .strictObject({
        noncurrentDays: days,
        newerNoncurrentVersions: z.int().min(1).max(100).optional(),
      })
      .optional()
      .describe("NoncurrentVersionExpiration: when old versions go, and how many newer old ones stay."),
    noncurrentVersionTransitions: z
      .array(
        z.strictObject({
          noncurrentDays: z.int().min(0).max(36_500),
          newerNoncurrentVersions: z.int().min(1).max(100).optional(),
          storageClass,
        }),
      )
      .min(1)
      .optional()
      .describe("NoncurrentVersionTransitions: when old versions go to a cheaper storage class."),
    abortMultipartDays: days.optional().describe("AbortIncompleteMultipartUpload.DaysAfterInitiation."),
  })
  .refine(
    (rule) =>
      rule.expiration !== undefined ||
      rule.transitions !== undefined ||
      rule.noncurrentVersionExpiration !== undefined ||
      rule.noncurrentVersionTransitions !== undefined ||
      rule.abortMultipartDays !== undefined,
    "does nothing: it says `expiration`, `transitions`, `noncurrentVersionExpiration`, `noncurrentVersionTransitions` or `abortMultipartDays`",
  );
export type LifecycleRuleConfig = z.output<typeof lifecycleRuleSchema>;
type Rule = LifecycleRuleConfig;

const isClass = (
  text: string | undefined,
): text is Rule["transitions"] extends (infer T)[] | undefined
  ? T extends { storageClass: infer C }
    ? C
    : never
  : never => (STORAGE_CLASSES as readonly (string | undefined)[]).includes(text);

const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);
const midnight = (day: string): Date => new Date(`${day}T00:00:00Z`);

function filterFrom({ Filter, Prefix }: LifecycleRule): Partial<Rule> {
  const all = { ...Filter, ...Filter?.And };
  const tags = tagMap([...(Filter?.Tag ? [Filter.Tag] : []), ...(Filter?.And?.Tags ?? [])]);
  const prefix = all.Prefix ?? Prefix;
  return {
    ...(prefix ? { prefix } : {}),
    ...(Object.keys(tags).length > 0 ? { tags } : {}),
    ...given("objectSizeGreaterThan", all.ObjectSizeGreaterThan),
    ...given("objectSizeLessThan", all.ObjectSizeLessThan),
  };
}

/** S3 takes one condition by itself and several under `And`. */
function filterTo({ prefix, tags = {}, objectSizeGreaterThan, objectSizeLessThan }: Rule): LifecycleRuleFilter {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const plain = {
    ...given("Prefix", prefix),
    ...given("ObjectSizeGreaterThan", objectSizeGreaterThan),
    ...given("ObjectSizeLessThan", objectSizeLessThan),
  };
  const conditions = Tags.length + Object.keys(plain).length;
  if (conditions > 1) return { And: { ...plain, ...(Tags.length > 0 ? { Tags } : {}) } };
  const [Tag] = Tags;
  return Tag ? { Tag } : conditions === 0 ? { Prefix: "" } : plain;
}

const expirationFrom = ({ Expiration }: LifecycleRule): Rule["expiration"] => {
  if (Expiration?.ExpiredObjectDeleteMarker) return { expiredObjectDeleteMarker: true };
  if (Expiration?.Date) return { date: dayOf(Expiration.Date) };
  return Expiration?.Days ? { days: Expiration.Days } : undefined;
};

const transitionFrom = ({ Date: at, Days, StorageClass }: Transition) =>
  isClass(StorageClass) ? [{ ...(at ? { date: dayOf(at) } : { days: Days ?? 0 }), storageClass: StorageClass }] : [];

const noncurrentFrom = ({ NoncurrentDays = 0, NewerNoncurrentVersions, StorageClass }: NoncurrentVersionTransition) =>
  isClass(StorageClass)
    ? [
        {
          noncurrentDays: NoncurrentDays,
          ...given("newerNoncurrentVersions", NewerNoncurrentVersions),
          storageClass: StorageClass,
        },
      ]
    : [];

/** A rule as the config says it. */
export function ruleFrom(rule: LifecycleRule): Rule {
  const transitions = (rule.Transitions ?? []).flatMap(transitionFrom);
  const noncurrent = (rule.NoncurrentVersionTransitions ?? []).flatMap(noncurrentFrom);
  const old = rule.NoncurrentVersionExpiration;
  return {
    enabled: rule.Status === "Enabled",
    ...filterFrom(rule),
    ...given("expiration", expirationFrom(rule)),
    ...(transitions.length > 0 ? { transitions } : {}),
    ...(old
      ? {
          noncurrentVersionExpiration: {
            noncurrentDays: old.NoncurrentDays ?? 0,
            ...given("newerNoncurrentVersions", old.NewerNoncurrentVersions),
          },
        }
      : {}),
    ...(noncurrent.length > 0 ? { noncurrentVersionTransitions: noncurrent } : {}),
    ...given("abortMultipartDays", rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation),
  };
}

const expirationTo = ({ days: Days, date: day, expiredObjectDeleteMarker }: NonNullable<Rule["expiration"]>) => ({
  ...given("Days", Days),
  ...(day === undefined ? {} : { Date: midnight(day) }),
  ...(expiredObjectDeleteMarker ? { ExpiredObjectDeleteMarker: true } : {}),
});

/** A rule as S3 takes it. */
export function ruleTo(ID: string, rule: Rule): LifecycleRule {
  const { expiration, transitions, noncurrentVersionExpiration: old, noncurrentVersionTransitions: older } = rule;
  return {
    ID,
    Status: rule.enabled ? "Enabled" : "Disabled",
    Filter: filterTo(rule),
    ...(expiration ? { Expiration: expirationTo(expiration) } : {}),
    ...(transitions
      ? {
          Transitions: transitions.map((step) => ({
            ...(step.date === undefined ? { Days: step.days } : { Date: midnight(step.date) }),
            StorageClass: step.storageClass,
          })),
        }
      : {}),
    ...(old
      ? {
          NoncurrentVersionExpiration: {
            NoncurrentDays: old.noncurrentDays,
            ...given("NewerNoncurrentVersions", old.newerNoncurrentVersions),
          },
        }
      : {}),
    ...(older
      ? {
          NoncurrentVersionTransitions: older.map((step) => ({
            NoncurrentDays: step.noncurrentDays,
            ...given("NewerNoncurrentVersions", step.newerNoncurrentVersions),
            StorageClass: step.storageClass,
          })),
        }
      : {}),
    ...(rule.abortMultipartDays === undefined
      ? {}
      : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortMultipartDays } }),
  };
}

type Rules = Readonly<Record<string, Rule>>;

/** S3 keeps no order of the steps of a rule. */
const alike = (a: Rule, b: Rule): boolean =>
  sameSet(a.transitions ?? [], b.transitions ?? []) &&
  sameSet(a.noncurrentVersionTransitions ?? [], b.noncurrentVersionTransitions ?? []) &&
  sameJson(
    { ...a, transitions: undefined, noncurrentVersionTransitions: undefined },
    { ...b, transitions: undefined, noncurrentVersionTransitions: undefined },
  );

/** Two maps of rules that mean the same. */
export function sameRules(live: unknown, wanted: unknown): boolean {
  const { put, drop } = mapDelta((live ?? {}) as Rules, (wanted ?? {}) as Rules, alike);
  return put.length === 0 && drop.length === 0;
}
