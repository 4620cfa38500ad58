import { type Place, regionalArn } from "../../aws/arn.ts";

/** ARNs of SQS. */
export const sqsArn = { queue: (s: Place, name: string): string => regionalArn("sqs", s, name) };

/** Source: AWS's partitions. */
const DOMAINS: Readonly<Record<string, string>> = { "aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu" };

/**
 * How SQS names a queue in its requests. Account and name decide; where a request goes is the client's matter, so this holds
 * on emulators too, and no GetQueueUrl is needed.
 */
export const queueUrl = (s: Place, name: string): string =>
  `https://sqs.${s.region}.${DOMAINS[s.partition] ?? "amazonaws.com"}/${s.account}/${name}`;
