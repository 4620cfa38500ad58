export { SSE_SQS } from "./attributes.ts";
export { queueStatements } from "./policy.ts";
export type { QueueProps, Redrive } from "./props.ts";
export { queue } from "./queue.ts";
