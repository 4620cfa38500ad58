import { arn } from "../../aws/arn.ts";
import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { declareTopics } from "./declare.ts";
import { topicSection } from "./section.ts";
import { topic } from "./topic.ts";

/** Amazon SNS. */
export const sns = service({
  name: "sns",
  kinds: [anyKind(topic)],
  sections: {
    topics: {
      kind: "sns.topic",
      one: "topic",
      schema: topicSection,
      mayExist: true,
      named: { limit: { max: 256, form: /^[A-Za-z0-9_-]+$/, words: "letters, digits, _ and -" }, arn: arn.topic },
    },
  },
  declare: declareTopics,
  // What a topic sends to: a function lets it in by its policy, a queue by its own.
  calls: ({ topics }, build) =>
    Object.entries(topics).flatMap(([id, one]) =>
      one.subscriptions.flatMap(({ protocol, endpoint }) => {
        const section = protocol === "lambda" ? "functions" : protocol === "sqs" ? "queues" : undefined;
        if (section === undefined || !build.has(section, endpoint)) return [];
        const { arn: source } = build.named("topics", id);
        return [{ section, id: endpoint, service: "sns.amazonaws.com", arn: source, statement: `topic_${id}` }];
      }),
    ),
});
