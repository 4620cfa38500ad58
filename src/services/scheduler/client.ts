import { client } from "../../aws/clients.ts";

/** EventBridge Scheduler's client. */
export const schedulerClient = client("scheduler", async () => (await import("@aws-sdk/client-scheduler")).Scheduler);
