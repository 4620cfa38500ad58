import { client } from "../../aws/clients.ts";

/** IAM's client. */
export const iamClient = client("iam", async () => (await import("@aws-sdk/client-iam")).IAM);
