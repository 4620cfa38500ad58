import { z } from "zod";
import { type Place, type S3, whole } from "./setting.ts";

/** One word each. */
export const accelerateSchema = z
  .boolean()
  .describe("AccelerateConfiguration: transfer over CloudFront's edges (Enabled, Suspended).");
export const requestPayerSchema = z
  .enum(["BucketOwner", "Requester"])
  .describe("RequestPaymentConfiguration.Payer: who pays for requests and transfer.");
export const eventBridgeSchema = z
  .boolean()
  .describe("EventBridgeConfiguration: every event of the bucket goes to EventBridge's default bus as well.");

export const accelerate = whole<boolean>({
  actions: ["s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration"],
  unset: false,
  get: async (s3, at) => (await s3.getBucketAccelerateConfiguration(at)).Status === "Enabled",
  put: (s3, at, wanted) =>
    s3.putBucketAccelerateConfiguration({
      ...at,
      AccelerateConfiguration: { Status: wanted ? "Enabled" : "Suspended" },
    }),
  // What was never on cannot be told from what was switched off, and costs as little.
  remove: (s3, at) => s3.putBucketAccelerateConfiguration({ ...at, AccelerateConfiguration: { Status: "Suspended" } }),
});

type Payer = z.output<typeof requestPayerSchema>;

export const requestPayer = whole<Payer>({
  actions: ["s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment"],
  unset: "BucketOwner",
  get: async (s3, at) => (await s3.getBucketRequestPayment(at)).Payer ?? "BucketOwner",
  put: (s3, at, Payer) => s3.putBucketRequestPayment({ ...at, RequestPaymentConfiguration: { Payer } }),
  remove: (s3, at) => s3.putBucketRequestPayment({ ...at, RequestPaymentConfiguration: { Payer: "BucketOwner" } }),
});

export const eventBridge = whole<boolean>({
  actions: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
  unset: false,
  get: async (s3, at) => (await s3.getBucketNotificationConfiguration(at)).EventBridgeConfiguration !== undefined,
  put: (s3, at, wanted) => switchEvents(s3, at, wanted),
  remove: (s3, at) => switchEvents(s3, at, false),
});

/** PutBucketNotificationConfiguration replaces everything: the entries are read at the last moment and sent along. */
async function switchEvents(s3: S3, at: Place, on: boolean): Promise<unknown> {
  const { LambdaFunctionConfigurations, QueueConfigurations, TopicConfigurations } =
    await s3.getBucketNotificationConfiguration(at);
  return s3.putBucketNotificationConfiguration({
    ...at,
    NotificationConfiguration: {
      ...(LambdaFunctionConfigurations ? { LambdaFunctionConfigurations } : {}),
      ...(QueueConfigurations ? { QueueConfigurations } : {}),
      ...(TopicConfigurations ? { TopicConfigurations } : {}),
      ...(on ? { EventBridgeConfiguration: {} } : {}),
    },
  });
}
