import { given, sameJson } from "../kit.ts";
import type { Feedback, TopicProps } from "./props.ts";

/** Kinds of endpoints that SNS writes of, as attributes begin. */
const ENDPOINTS = {
  http: "HTTP",
  lambda: "Lambda",
  sqs: "SQS",
  application: "Application",
  firehose: "Firehose",
} as const;
type Endpoint = keyof typeof ENDPOINTS;

type Attributes = Readonly<Record<string, string | undefined>>;

/** Optional settings of a topic that are one attribute each. */
type Plain =
  | "deliveryPolicy"
  | "fifo"
  | "contentBasedDeduplication"
  | "fifoThroughputScope"
  | "archiveDays"
  | "signatureVersion"
  | "tracing";

interface Attribute<T> {
  readonly name: string;
  readonly from: (text: string) => T | undefined;
  readonly to: (value: T) => string;
  /** What puts back AWS's own. */
  readonly back: string;
}

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
const flag = { from: (text: string) => text === "true", to: String, back: "false" };

/** SNS answers an attribute that nobody set with nothing, or with its default. */
export const ATTRIBUTES: { readonly [K in Plain]: Attribute<NonNullable<TopicProps[K]>> } = {
  deliveryPolicy: { name: "DeliveryPolicy", from: json, to: JSON.stringify, back: "" },
  fifo: { ...flag, name: "FifoTopic" },
  contentBasedDeduplication: { ...flag, name: "ContentBasedDeduplication" },
  fifoThroughputScope: {
    name: "FifoThroughputScope",
    from: (text) => (text === "Topic" || text === "MessageGroup" ? text : undefined),
    to: String,
    back: "Topic",
  },
  archiveDays: {
    name: "ArchivePolicy",
    from: (text) => {
      const days = Number(json(text || "{}")["MessageRetentionPeriod"]);
      return Number.isNaN(days) ? undefined : days;
    },
    to: (days) => JSON.stringify({ MessageRetentionPeriod: String(days) }),
    back: "{}",
  },
  signatureVersion: {
    name: "SignatureVersion",
    from: (text) => (text === "1" || text === "2" ? text : undefined),
    to: String,
    back: "1",
  },
  tracing: {
    name: "TracingConfig",
    from: (text) => (text === "PassThrough" || text === "Active" ? text : undefined),
    to: String,
    back: "PassThrough",
  },
};
export const PLAIN = Object.keys(ATTRIBUTES) as readonly Plain[];

const one = <K extends Plain>(key: K, attributes: Attributes): Partial<TopicProps> => {
  const text = attributes[ATTRIBUTES[key].name];
  return text ? given(key, ATTRIBUTES[key].from(text)) : {};
};

function feedbackOf(prefix: string, attributes: Attributes): Feedback | undefined {
  const successRole = attributes[`${prefix}SuccessFeedbackRoleArn`];
  const failureRole = attributes[`${prefix}FailureFeedbackRoleArn`];
  const rate = attributes[`${prefix}SuccessFeedbackSampleRate`];
  if (!successRole && !failureRole) return undefined;
  return {
    ...(successRole ? { successRole } : {}),
    ...(rate ? { successSampleRate: Number(rate) } : {}),
    ...(failureRole ? { failureRole } : {}),
  };
}

const feedbacks = (attributes: Attributes): Partial<Record<Endpoint, Feedback>> =>
  Object.fromEntries(
    Object.entries(ENDPOINTS).flatMap(([endpoint, prefix]) => {
      const found = feedbackOf(prefix, attributes);
      return found ? [[endpoint, found]] : [];
    }),
  );

/** Optional settings of a topic, from what one call answers anyway. */
export function settingsFrom(attributes: Attributes): Partial<TopicProps> {
  const feedback = feedbacks(attributes);
  return Object.assign(
    {},
    ...PLAIN.map((key) => one(key, attributes)),
    Object.keys(feedback).length > 0 ? { feedback } : {},
  );
}

const plainTo = <K extends Plain>(key: K, value: TopicProps[K]): [string, string] => {
  const { name, to, back } = ATTRIBUTES[key];
  return [name, value === undefined ? back : to(value)];
};

/** The attributes of delivery status logging, those that are to go as empty texts. */
function feedbackTo(wanted: TopicProps["feedback"], live: TopicProps["feedback"]): [string, string][] {
  return Object.entries(ENDPOINTS).flatMap(([key, prefix]): [string, string][] => {
    const endpoint = key as Endpoint;
    const [now, then] = [wanted?.[endpoint] ?? {}, live?.[endpoint] ?? {}];
    const rate = now.successSampleRate ?? 0;
    return [
      ...(now.successRole === then.successRole
        ? []
        : [[`${prefix}SuccessFeedbackRoleArn`, now.successRole ?? ""] as [string, string]]),
      ...(rate === (then.successSampleRate ?? 0)
        ? []
        : [[`${prefix}SuccessFeedbackSampleRate`, String(rate)] as [string, string]]),
      ...(now.failureRole === then.failureRole
        ? []
        : [[`${prefix}FailureFeedbackRoleArn`, now.failureRole ?? ""] as [string, string]]),
    ];
  });
}

/** What a creating call takes of them. */
export const creating = (props: TopicProps): Record<string, string> =>
  Object.fromEntries(PLAIN.filter((key) => props[key] !== undefined).map((key) => plainTo(key, props[key])));

/** What differs, as attributes to set one by one. */
export const changes = (
  props: TopicProps,
  live: Partial<TopicProps>,
  touched: (key: string) => boolean,
): [string, string][] => [
  ...PLAIN.filter((key) => key !== "fifo" && touched(key)).map((key) => plainTo(key, props[key])),
  ...(touched("feedback") ? feedbackTo(props.feedback, live.feedback) : []),
];

/** A rate of nothing is none. */
export const sameFeedback = (live: unknown, wanted: unknown): boolean => {
  const told = (value: unknown): Record<string, Feedback> =>
    Object.fromEntries(
      Object.entries((value ?? {}) as Record<string, Feedback>).map(([key, each]) => [
        key,
        { ...each, successSampleRate: each.successSampleRate ?? 0 },
      ]),
    );
  return sameJson(told(live), told(wanted));
};
