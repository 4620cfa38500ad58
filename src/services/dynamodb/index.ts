import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
import { dynamodbClient } from "./client.ts";
import { errors, findings } from "./codes.ts";
import { faults } from "./faults.ts";
import { declareTables } from "./declare.ts";
import { tableSection } from "./section.ts";
import { dynamodbTerraform } from "./terraform.ts";
import { table, coverage as tableFields } from "./table.ts";
import { dynamodbArn } from "./arn.ts";

/** Amazon DynamoDB. */
export const dynamodb = service({
  name: "dynamodb",
  client: dynamodbClient,
  coverage: {
    fields: { TableDescription: tableFields.table, GlobalSecondaryIndexDescription: tableFields.index },
    terraform: dynamodbTerraform,
  },
  faults,
  said: {
    operations: `
      BatchGetItem BatchWriteItem CreateTable DeleteItem DeleteTable DescribeTable GetItem PutItem Query Scan
      TransactGetItems TransactWriteItems UpdateItem UpdateTable
    `,
    codes: `
      ConditionalCheckFailedException ItemCollectionSizeLimitExceededException ProvisionedThroughputExceededException
      ResourceInUseException TransactionCanceledException TransactionConflictException
    `,
  },
  codes: { errors, findings },
  kinds: [anyKind(table)],
  sections: {
    tables: {
      kind: "dynamodb.table",
      one: "table",
      about: "Further DynamoDB tables.",
      schema: tableSection,
      mayExist: true,
      named: {
        limit: { min: 3, max: 255, form: /^[A-Za-z0-9_.-]+$/, words: "letters, digits and _.-" },
        arn: dynamodbArn.table,
        inPolicies: {
          always: true,
          with: (tables: readonly string[]) => [...tables, ...tables.map((one) => `${one}/index/*`)],
        },
      },
    },
  },
  where: [[/^dynamodb:/, "tables"]],
  keys: { "dynamodb.table": { prop: "encryption" } },
  declare: declareTables,
});
