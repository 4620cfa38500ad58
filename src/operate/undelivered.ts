import type { AwsContext } from "../aws/context.ts";
import { sqsClient } from "../services/sqs/client.ts";
import { queueUrl } from "../services/sqs/arn.ts";

/** What lies in the queue of what the function could not record. SQS's numbers lag behind by up to a minute. */
interface Undelivered {
  /** Messages that the next look of the function takes up. */
  readonly waiting: number;
  /** Messages that are being taken up, or that were set aside for hours because nobody can read them. */
  readonly hidden: number;
}

/** Asks SQS for them, and for the queue's policy; one call. */
export async function undelivered(
  ctx: AwsContext,
  name: string,
): Promise<Undelivered & { readonly policy: string | undefined }> {
  const sqs = await ctx.clients.of(sqsClient);
  const { Attributes: found = {} } = await sqs.getQueueAttributes({
    QueueUrl: queueUrl(ctx, name),
    AttributeNames: [
      "Policy",
      "ApproximateNumberOfMessages",
      "ApproximateNumberOfMessagesDelayed",
      "ApproximateNumberOfMessagesNotVisible",
    ],
  });
  const count = (key: keyof typeof found): number => Number(found[key] ?? 0);
  return {
    policy: found.Policy,
    waiting: count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesDelayed"),
    hidden: count("ApproximateNumberOfMessagesNotVisible"),
  };
}
