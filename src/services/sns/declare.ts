import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { byBucket } from "../statements.ts";
import { topicStatements } from "./policy.ts";
import type { SubscriptionProps, TopicProps } from "./props.ts";
import type { SubscriptionConfig, TopicConfig } from "./section.ts";

/** Functions and queues are named by id as well. */
function endpointOf(build: Build, { protocol, endpoint }: SubscriptionConfig): string {
  if (protocol === "lambda") return build.named("functions", endpoint).arn;
  if (protocol === "sqs") return build.named("queues", endpoint).arn;
  return endpoint;
}

const subscription = (build: Build, one: SubscriptionConfig): [string, SubscriptionProps] => [
  `${one.protocol}:${endpointOf(build, one)}`,
  {
    rawMessageDelivery: one.rawMessageDelivery,
    filterPolicy: one.filterPolicy ?? null,
    ...(one.roleArn === undefined ? {} : { roleArn: build.named("roles", one.roleArn).arn }),
  },
];

/** Topics; their policies let in the rules that name them. */
export const declareTopics = (
  { topics }: { readonly topics: Readonly<Record<string, TopicConfig>> },
  build: Build,
): Desired[] =>
  Object.entries(topics).map(([id, one]) => {
    const { name, arn } = build.named("topics", id);
    const [buckets, others] = byBucket(build.callers("topics", id));
    return resource<TopicProps>(
      { kind: "sns.topic", id, name },
      {
        displayName: one.displayName,
        kmsKey: one.kmsKeyId ?? null,
        statements: topicStatements(arn, build.scope.account, others, buckets),
        subscriptions: Object.fromEntries(one.subscriptions.map((each) => subscription(build, each))),
      },
      build.tags(one.tags),
    );
  });
