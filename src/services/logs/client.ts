import { client } from "../../aws/clients.ts";

/** CloudWatch Logs's client. */
export const logsClient = client("logs", async () => (await import("@aws-sdk/client-cloudwatch-logs")).CloudWatchLogs);
