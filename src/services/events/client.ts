import { client } from "../../aws/clients.ts";

/** EventBridge's client. */
export const eventsClient = client("events", async () => (await import("@aws-sdk/client-eventbridge")).EventBridge);
