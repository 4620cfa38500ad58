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

/** What SNS would refuse. */
export function lint(address: Address, { subscriptions, statements }: TopicProps): readonly Finding[] {
  const at = addressText(address);
  const error = (code: FindingCode, text: string, fix: string): Finding => ({ code, level: "error", at, text, fix });
  const keys = Object.keys(subscriptions);
  return [
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
