import type {
  LambdaFunctionConfiguration,
  NotificationConfiguration,
  QueueConfiguration,
  TopicConfiguration,
} from "@aws-sdk/client-s3";
import type { Scope } from "../../aws/arn.ts";
import { sameSet } from "../kit.ts";
import type { NotificationEntry } from "./props.ts";

type Names = Pick<Scope, "project" | "env">;

/** `metriccare-<project>-<env>-<key>`: keys hold no hyphen, so that `dev` does not take `dev-2` for its own. */
const prefixOf = ({ project, env }: Names): string => `metriccare-${project}-${env}-`;

/** Our key behind an entry's id; undefined for other people's. */
export function keyOf(scope: Names, id: string | undefined): string | undefined {
  const prefix = prefixOf(scope);
  if (!id?.startsWith(prefix)) return undefined;
  const key = id.slice(prefix.length);
  return /^\w+$/.test(key) ? key : undefined;
}

type AnyEntry = LambdaFunctionConfiguration | QueueConfiguration | TopicConfiguration;

/** All entries, whatever they notify: functions first, then queues, then topics. */
const entriesOf = (config: NotificationConfiguration): AnyEntry[] => [
  ...(config.LambdaFunctionConfigurations ?? []),
  ...(config.QueueConfigurations ?? []),
  ...(config.TopicConfigurations ?? []),
];

/** Our entries of a bucket, by key. */
export function ourEntries(scope: Names, config: NotificationConfiguration): Record<string, NotificationEntry> {
  return Object.fromEntries(
    entriesOf(config).flatMap((entry) => {
      const key = keyOf(scope, entry.Id);
      return key === undefined ? [] : [[key, fromAws(entry)] as const];
    }),
  );
}

/** Anything with events and a filter: entries for topics, queues and functions look alike here. */
export interface ForeignEntry extends NotificationEntry {
  readonly id: string;
}

/** Other people's entries, whatever they notify. */
export function foreignEntries(scope: Names, config: NotificationConfiguration): readonly ForeignEntry[] {
  return entriesOf(config)
    .filter(({ Id }) => keyOf(scope, Id) === undefined)
    .map((entry) => ({ id: entry.Id ?? "", ...fromAws(entry) }));
}

/** An entry that says what one of ours says, such as Terraform's before: S3 would refuse ours beside it, so ours replaces it. */
export const saysTheSame = (one: NotificationEntry, other: NotificationEntry): boolean =>
  sameEntries({ it: one }, { it: other });

/** The configuration to put: everything as it is, our entries replaced. */
export function mergeEntries(
  scope: Names,
  config: NotificationConfiguration,
  entries: Readonly<Record<string, NotificationEntry>>,
): NotificationConfiguration {
  const isForeign = (entry: AnyEntry): boolean =>
    keyOf(scope, entry.Id) === undefined && !Object.values(entries).some((ours) => saysTheSame(ours, fromAws(entry)));
  const own = (service: string) =>
    Object.entries(entries)
      .filter(([, { targetArn }]) => targetArn.split(":")[2] === service)
      .map(([key, entry]) => ({ ...toAws(`${prefixOf(scope)}${key}`, entry), to: entry.targetArn }));
  const functions = [
    ...(config.LambdaFunctionConfigurations ?? []).filter(isForeign),
    ...own("lambda").map(({ to, ...entry }) => ({ ...entry, LambdaFunctionArn: to })),
  ];
  const queues = [
    ...(config.QueueConfigurations ?? []).filter(isForeign),
    ...own("sqs").map(({ to, ...entry }) => ({ ...entry, QueueArn: to })),
  ];
  const topics = [
    ...(config.TopicConfigurations ?? []).filter(isForeign),
    ...own("sns").map(({ to, ...entry }) => ({ ...entry, TopicArn: to })),
  ];
  return {
    ...(topics.length > 0 ? { TopicConfigurations: topics } : {}),
    ...(queues.length > 0 ? { QueueConfigurations: queues } : {}),
    ...(config.EventBridgeConfiguration ? { EventBridgeConfiguration: config.EventBridgeConfiguration } : {}),
    ...(functions.length > 0 ? { LambdaFunctionConfigurations: functions } : {}),
  };
}

/** S3 refuses two entries that could both take one event: overlapping prefixes and suffixes for the same event type. */
export function overlap(a: Omit<NotificationEntry, "targetArn">, b: Omit<NotificationEntry, "targetArn">): boolean {
  const nested = (one: string, other: string, starts: (long: string, short: string) => boolean): boolean =>
    starts(one, other) || starts(other, one);
  return (
    nested(a.prefix, b.prefix, (long, short) => long.startsWith(short)) &&
    nested(a.suffix, b.suffix, (long, short) => long.endsWith(short)) &&
    a.events.some((one) => b.events.some((other) => sameEvents(one, other)))
  );
}

/** `s3:ObjectCreated:*` takes `s3:ObjectCreated:Put` in. */
const sameEvents = (a: string, b: string): boolean =>
  a === b || (a.endsWith("*") && b.startsWith(a.slice(0, -1))) || (b.endsWith("*") && a.startsWith(b.slice(0, -1)));

/** Equal entries, the order of their events aside. */
export function sameEntries(a: unknown, b: unknown): boolean {
  const left = (a ?? {}) as Readonly<Record<string, NotificationEntry>>;
  const right = (b ?? {}) as Readonly<Record<string, NotificationEntry>>;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    const one = left[key];
    const other = right[key];
    if (!one || !other) return false;
    const alike = one.targetArn === other.targetArn && one.prefix === other.prefix && one.suffix === other.suffix;
    return alike && sameSet(one.events, other.events);
  });
}

function filterOf(entry: Pick<LambdaFunctionConfiguration, "Filter">): { prefix: string; suffix: string } {
  // AWS answers `Prefix` and `prefix`, whatever was sent.
  const rule = (name: string): string =>
    entry.Filter?.Key?.FilterRules?.find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? "";
  return { prefix: rule("prefix"), suffix: rule("suffix") };
}

const targetOf = (entry: AnyEntry): string | undefined => {
  if ("LambdaFunctionArn" in entry) return entry.LambdaFunctionArn;
  return "QueueArn" in entry ? entry.QueueArn : "TopicArn" in entry ? entry.TopicArn : undefined;
};

const fromAws = (entry: AnyEntry): NotificationEntry => ({
  targetArn: targetOf(entry) ?? "",
  events: entry.Events ?? [],
  ...filterOf(entry),
});

function toAws(Id: string, { events, prefix, suffix }: NotificationEntry): Pick<AnyEntry, "Id" | "Events" | "Filter"> {
  const rules = [
    ...(prefix ? [{ Name: "prefix" as const, Value: prefix }] : []),
    ...(suffix ? [{ Name: "suffix" as const, Value: suffix }] : []),
  ];
  return {
    Id,
    // The config checks the words; the SDK's type is the list of this release.
    Events: [...events] as AnyEntry["Events"],
    ...(rules.length > 0 ? { Filter: { Key: { FilterRules: rules } } } : {}),
  };
}
