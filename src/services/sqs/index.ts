import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { sqsClient } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { coverage as queueFields } from "./attributes.ts";
import { sqsTerraform } from "./terraform.ts";
import { declareQueues } from "./declare.ts";
import { queue } from "./queue.ts";
import { queueSection } from "./section.ts";
import { queueUrl, sqsArn } from "./arn.ts";

/** Amazon SQS. */
export const sqs = service({
  name: "sqs",
  client: sqsClient,
  coverage: {
    fields: { QueueAttributes: queueFields },
    terraform: sqsTerraform,
  },
  faults,
  said: { operations: "DeleteMessage ReceiveMessage SendMessage" },
  codes: { errors, findings },
  kinds: [anyKind(queue)],
  sections: {
    queues: {
      kind: "sqs.queue",
      one: "queue",
      about:
        "SQS queues. `undelivered`, for what the function could not record, is made whether or not it stands here.",
      schema: queueSection,
      mayExist: true,
      named: {
        limit: { max: 80, form: /^[A-Za-z0-9_-]+(\.fifo)?$/, words: "letters, digits, _ and - (and .fifo at the end)" },
        arn: sqsArn.queue,
        url: queueUrl,
        inPolicies: { always: true },
      },
    },
  },
  where: [[/^sqs:/, "queues"]],
  keys: { "sqs.queue": { prop: "encryption" } },
  declare: declareQueues,
});
