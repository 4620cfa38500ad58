import { client } from "../../aws/clients.ts";

/** SQS's client. By itself the SDK sends to the host in the queue's URL, whatever endpoint the environment names. */
export const sqsClient = client("sqs", async () => (await import("@aws-sdk/client-sqs")).SQS, {
  settings: { useQueueUrlAsEndpoint: false },
});
