import { client } from "../../aws/clients.ts";

/** AWS Glue's client. */
export const glueClient = client("glue", async () => (await import("@aws-sdk/client-glue")).Glue);
