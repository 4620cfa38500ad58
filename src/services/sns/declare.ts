import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { given } from "../kit.ts";
import { ownStatements } from "../statements.ts";
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
    ...(one.filterPolicyScope === "MessageBody" && one.filterPolicy
      ? { filterPolicyScope: "MessageBody" as const }
      : {}),
    ...(one.redrive === undefined ? {} : { redriveArn: build.named("queues", one.redrive).arn }),
    ...given("deliveryPolicy", one.deliveryPolicy),
    ...given("replayPolicy", one.replayPolicy),
    ...(one.roleArn === undefined ? {} : { roleArn: build.named("roles", one.roleArn).arn }),
  },
];

const arnOf = (build: Build, role: string | undefined): string | undefined =>
  role === undefined ? undefined : build.named("roles", role).arn;

function feedbackOf(build: Build, feedback: NonNullable<TopicConfig["feedback"]>): NonNullable<TopicProps["feedback"]> {
  return Object.fromEntries(
    Object.entries(feedback).flatMap(([endpoint, one]) =>
      one
        ? [
            [
              endpoint,
              {
                ...given("successRole", arnOf(build, one.successRole)),
                ...given("successSampleRate", one.successSampleRate),
                ...given("failureRole", arnOf(build, one.failureRole)),
              },
            ],
          ]
        : [],
    ),
  );
}

/** The optional settings of a topic: those that the config does not name are absent. */
const settingsOf = (build: Build, one: TopicConfig): Partial<TopicProps> => ({
  ...given("deliveryPolicy", one.deliveryPolicy),
  ...given("fifo", one.fifo),
  ...given("contentBasedDeduplication", one.contentBasedDeduplication),
  ...given("fifoThroughputScope", one.fifoThroughputScope),
  ...given("archiveDays", one.archiveDays),
  ...given("signatureVersion", one.signatureVersion),
  ...given("tracing", one.tracing),
  ...given("feedback", one.feedback && feedbackOf(build, one.feedback)),
});

/** Topics; their policies let in the rules that name them. */
export const declareTopics = (
  { topics }: { readonly topics: Readonly<Record<string, TopicConfig>> },
  build: Build,
): Desired[] =>
  Object.entries(topics).map(([id, one]) => {
    const { name, arn } = build.named("topics", id);
    return resource<TopicProps>(
      { kind: "sns.topic", id, name },
      {
        displayName: one.displayName,
        kmsKey: one.kmsKeyId ?? null,
        statements: {
          ...topicStatements(arn, build.scope.account, build.callers("topics", id)),
          ...ownStatements(one.statements, arn),
        },
        subscriptions: Object.fromEntries(one.subscriptions.map((each) => subscription(build, each))),
        ...settingsOf(build, one),
      },
      build.tags(one.tags),
    );
  });
