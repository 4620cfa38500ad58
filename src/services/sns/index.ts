import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { snsClient } from "./client.ts";
import { findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { snsTerraform } from "./terraform.ts";
import { declareTopics } from "./declare.ts";
import { topicSection } from "./section.ts";
import { topic, coverage as topicFields } from "./topic.ts";
import { snsArn } from "./arn.ts";

/** Amazon SNS. */
export const sns = service({
  name: "sns",
  client: snsClient,
  coverage: {
    fields: { TopicAttributes: topicFields },
    terraform: snsTerraform,
  },
  faults,
  said: { operations: "Publish" },
  codes: { findings },
  kinds: [anyKind(topic)],
  sections: {
    topics: {
      kind: "sns.topic",
      one: "topic",
      about: "Further topics.",
      schema: topicSection,
      mayExist: true,
      named: {
        limit: {
          max: 256,
          form: /^[A-Za-z0-9_-]+(\.fifo)?$/,
          words: "letters, digits, _ and - (and .fifo at the end)",
        },
        arn: snsArn.topic,
        inPolicies: { always: true },
      },
    },
  },
  where: [[/^sns:/, "topics"]],
  everywhere: {
    "sns:GetSubscriptionAttributes": "subscriptions are no resources of IAM",
    "sns:SetSubscriptionAttributes": "subscriptions are no resources of IAM",
    "sns:Unsubscribe": "subscriptions are no resources of IAM",
  },
  keys: { "sns.topic": { prop: "kmsKey" } },
  declare: declareTopics,
  // What a topic sends to: a function lets it in by its policy, a queue by its own.
  calls: ({ topics }, build) =>
    Object.entries(topics).flatMap(([id, one]) =>
      one.subscriptions.flatMap(({ protocol, endpoint, redrive }) => {
        const { arn: source } = build.named("topics", id);
        const sends = [
          ...(protocol === "lambda" ? [["functions", endpoint] as const] : []),
          ...(protocol === "sqs" ? [["queues", endpoint] as const] : []),
          ...(redrive === undefined ? [] : [["queues", redrive] as const]),
        ];
        return sends
          .filter(([section, callee]) => build.has(section, callee))
          .map(([section, callee]) => ({
            section,
            id: callee,
            service: "sns.amazonaws.com",
            arn: source,
            statement: `topic_${id}`,
          }));
      }),
    ),
});
