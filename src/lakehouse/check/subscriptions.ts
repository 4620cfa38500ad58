import { sections } from "../../services/index.ts";
import { mapsOf } from "../maps.ts";
import type { LakehouseConfig } from "../schema.ts";
import type { Problem } from "./problem.ts";
import { missing } from "./reference.ts";

/** Endpoints that are ids, by protocol. */
const NAMED: Readonly<Record<string, string>> = { lambda: "functions", sqs: "queues" };

/** An endpoint is an ARN, or the id of a function or queue. */
const endpoints = (config: LakehouseConfig): Problem[] =>
  subscriptionsOf(config).flatMap(({ one: { protocol, endpoint }, at }) => {
    const section = NAMED[protocol];
    if (section === undefined || endpoint.startsWith("arn:")) return [];
    return missing(
      [...at, "endpoint"],
      sections[section]?.one ?? section,
      endpoint,
      mapsOf(config)[section] ?? {},
      section,
    );
  });

/** Subscriptions of every topic, with their places. */
const subscriptionsOf = (config: LakehouseConfig) =>
  [
    ...(config.made.includes("alerts") ? [{ path: ["alerts"], topic: config.alerts }] : []),
    ...Object.entries(config.topics).map(([id, topic]) => ({ path: ["topics", id], topic })),
  ].flatMap(({ path, topic }) =>
    topic.subscriptions.map((one, i) => ({ one, at: [...path, "subscriptions", i] as const })),
  );

/** SNS delivers to Firehose under a role; without it Subscribe is refused ("Invalid parameter: SubscriptionRoleArn"). */
const protocols = (config: LakehouseConfig): Problem[] =>
  subscriptionsOf(config).flatMap(({ one, at }): Problem[] => {
    if (one.protocol === "http" && !config.aws.embedded)
      return [
        {
          path: [...at, "protocol"],
          message:
            "an `http` subscription sends alerts in the clear, and its confirmation too: only the embedded AWS takes one",
          suggestion: "Use `https`.",
        },
      ];
    if (one.protocol !== "firehose")
      return one.roleArn === undefined
        ? []
        : [
            {
              path: [...at, "roleArn"],
              message: `only a firehose subscription has a role; this one is ${one.protocol}`,
              suggestion: "Remove it.",
            },
          ];
    const stream = /^arn:[^:]+:firehose:[^:]+:\d{12}:deliverystream\/.+$/.test(one.endpoint);
    return [
      ...(one.roleArn === undefined
        ? [
            {
              path: at,
              message: "a firehose subscription needs `roleArn`, the role under which SNS writes to the stream",
              suggestion: "Its trust names sns.amazonaws.com, its policy allows firehose:PutRecord on the stream.",
            },
          ]
        : []),
      ...(stream
        ? []
        : [
            {
              path: [...at, "endpoint"],
              message: "the endpoint of a firehose subscription is a delivery stream's ARN",
            },
          ]),
    ];
  });

/** Endpoints that lead somewhere, and settings that the protocol takes. */
export const checkSubscriptions = (config: LakehouseConfig): Problem[] => [...endpoints(config), ...protocols(config)];
