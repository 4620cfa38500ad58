import type { FindingCode } from "../../codes/index.ts";
import { type Address, addressText, type Finding, type Live } from "../../engine/types.ts";
import type { TopicProps } from "./props.ts";

/** Endpoints that were asked and did not answer yet. */
export const pendingOf = (address: Address, live: Live<TopicProps> | undefined): readonly Finding[] =>
  Object.entries(live?.props.subscriptions ?? {})
    .filter(([, { pending }]) => pending)
    .map(([key]) => ({
      code: "subscription_pending",
      level: "note",
      at: addressText(address),
      text: `${key} has not confirmed its subscription and gets no alerts yet`,
      fix: "Follow the link in the message that AWS sent there. AWS forgets the request after about three days; `apply` then asks again.",
    }));

const PROTOCOLS = ["email", "email-json", "http", "https", "lambda", "sqs", "sms", "application", "firehose"];

/** 28 short hashes fit into the tag that says which subscriptions are ours. */
const MOST = 28;

/** What a FIFO topic and its name must have in common, what only FIFO topics have, and whom they tell. */
function fifoMistakes(name: string, props: TopicProps): (readonly [text: string, fix: string])[] {
  const { fifo = false, contentBasedDeduplication, fifoThroughputScope, archiveDays, subscriptions } = props;
  const only = Object.entries({ contentBasedDeduplication, fifoThroughputScope, archiveDays })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  const others = Object.keys(subscriptions).filter((key) => !key.startsWith("sqs:"));
  return [
    // "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, …"
    ...(fifo !== name.endsWith(".fifo")
      ? [
          fifo
            ? ([`the name ${name} of a FIFO topic does not end in .fifo`, "Give it a `name` that does."] as const)
            : ([`${name} ends in .fifo and is no FIFO topic`, "Say `fifo: true`, or give it another `name`."] as const),
        ]
      : []),
    ...(!fifo && only.length > 0
      ? [[`only FIFO topics have ${only.join(", ")}`, "Say `fifo: true`, or leave it out."] as const]
      : []),
    // "Invalid parameter: Invalid protocol type: email"
    ...(fifo && others.length > 0
      ? [
          [
            `a FIFO topic tells queues alone, not ${others.join(", ")}`,
            "Subscribe a queue, or take a standard topic.",
          ] as const,
        ]
      : []),
  ];
}

/** What SNS would refuse. */
export function lint(address: Address, props: TopicProps): readonly Finding[] {
  const at = addressText(address);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const { subscriptions, statements } = props;
  const keys = Object.keys(subscriptions);
  return [
    ...fifoMistakes(address.name, props).map(([text, fix]) => error("topic_fifo", text, fix)),
    ...keys
      .filter((key) => !PROTOCOLS.includes(key.slice(0, key.indexOf(":"))))
      .map((key) =>
        error("subscription_protocol", `"${key}" is no subscription`, `Start it with one of ${PROTOCOLS.join(", ")}.`),
      ),
    ...keys
      .filter((key) => /^email(-json)?:/.test(key) && !key.includes("@"))
      .map((key) => error("subscription_endpoint", `"${key}" holds no e-mail address`, "Give an address with an @.")),
    ...Object.entries(subscriptions)
      .filter(([key, { roleArn }]) => key.startsWith("firehose:") && roleArn === undefined)
      .map(([key]) => error("subscription_role", `"${key}" has no role to deliver under`, "Give it a roleArn.")),
    ...(keys.length > MOST
      ? [error("too_many_subscriptions", `${keys.length} subscriptions`, `Declare at most ${MOST}.`)]
      : []),
    ...Object.keys(statements)
      .filter((key) => !/^[A-Za-z0-9]+$/.test(key))
      .map((key) => error("statement_key", `"${key}" cannot be part of a Sid`, "Use letters and digits.")),
  ];
}
