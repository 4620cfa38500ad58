import { client } from "../../aws/clients.ts";

/** Lambda's client. */
export const lambdaClient = client("lambda", async () => (await import("@aws-sdk/client-lambda")).Lambda);
