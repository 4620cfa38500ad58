export { topicStatements } from "./policy.ts";
export type { SubscriptionProps, TopicProps } from "./props.ts";
export { topic } from "./topic.ts";
