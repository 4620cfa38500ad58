import { dynamodb } from "./dynamodb/index.ts";
import { events } from "./events/index.ts";
import { glue } from "./glue/index.ts";
import { iam } from "./iam/index.ts";
import { lambda } from "./lambda/index.ts";
import { logs } from "./logs/index.ts";
import { s3 } from "./s3/index.ts";
import { scheduler } from "./scheduler/index.ts";
import { sns } from "./sns/index.ts";
import { sqs } from "./sqs/index.ts";

/** Every AWS service that metriccare knows. A new one is a folder and a line here; all else is a fold over this list. */
export const list = [s3, iam, logs, lambda, dynamodb, glue, sqs, sns, events, scheduler] as const;
