import { z } from "zod";
import { descriptionSchema, formerlySchema, nameSchema, scalarSchema, tagsSchema } from "../parts.ts";
import { CONNECTION_PROPERTIES, CONNECTION_TYPES } from "./connection-words.ts";

const network = z.strictObject({
  subnet: z.string().optional().describe("Id of the subnet that Glue's network interfaces lie in."),
  securityGroups: z.array(z.string()).max(50).default([]).describe("Ids of security groups of that VPC."),
  availabilityZone: z.string().optional().describe("That of the subnet; AWS asks for it in some cases."),
});

const oauth2 = z.strictObject({
  grantType: z.enum(["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS", "JWT_BEARER", "REFRESH_TOKEN"]),
  clientId: z.string().optional().describe("Id of an application of your own; its secret lies in the secret."),
  managedClient: z.string().optional().describe("Reference of an application that AWS manages."),
  tokenUrl: z.string().optional(),
  tokenUrlParameters: z.record(z.string().min(1), scalarSchema).default({}),
});

const authentication = z.strictObject({
  type: z.enum(["BASIC", "OAUTH2", "CUSTOM", "IAM"]),
  secretArn: z.string().optional().describe("ARN of the secret in Secrets Manager that holds the credentials."),
  oauth2: oauth2.optional(),
});

const properties = (more: string) =>
  z
    .record(z.string().min(1), scalarSchema)
    .describe(`${more} Secrets do not belong here: name one of Secrets Manager in SECRET_ID.`);

/** One Glue connection. */
export const connectionSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  description: descriptionSchema,
  type: z.enum(CONNECTION_TYPES).default("JDBC").describe("What is connected to; NETWORK for a VPC alone."),
  properties: z
    .partialRecord(z.enum(CONNECTION_PROPERTIES), scalarSchema)
    .default({})
    .describe(
      "AWS's own keys, such as JDBC_CONNECTION_URL. Secrets do not belong here: name one of Secrets Manager in SECRET_ID.",
    ),
  sparkProperties: properties("For Spark alone.").optional(),
  athenaProperties: properties("For Athena alone.").optional(),
  pythonProperties: properties("For Python shell jobs alone.").optional(),
  matchCriteria: z.array(z.string().min(1).max(255)).max(10).default([]),
  network: network.optional().describe("Subnet and security groups that jobs and crawlers get."),
  authentication: authentication.optional(),
  tags: tagsSchema,
});
export type ConnectionConfig = z.output<typeof connectionSection>;
