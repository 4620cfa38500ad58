import { client } from "../../aws/clients.ts";

/** DynamoDB's client. */
export const dynamodbClient = client("dynamodb", async () => (await import("@aws-sdk/client-dynamodb")).DynamoDB);
