import { type Place, regionalArn } from "../../aws/arn.ts";

/** ARNs of DynamoDB. */
export const dynamodbArn = { table: (s: Place, name: string): string => regionalArn("dynamodb", s, `table/${name}`) };
