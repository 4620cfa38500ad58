import { client } from "../../aws/clients.ts";

/** SNS's client. */
export const snsClient = client("sns", async () => (await import("@aws-sdk/client-sns")).SNS);
