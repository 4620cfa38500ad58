import { anyKind } from "../../engine/types.ts";
import { service } from "../service.ts";
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
  coverage: {
    fields: { TableDescription: tableFields.table, GlobalSecondaryIndexDescription: tableFields.index },
    terraform: dynamodbTerraform,
  },
  faults,
  codes: { errors, findings },
  kinds: [anyKind(table)],
  sections: {
    tables: {
      kind: "dynamodb.table",
      one: "table",
      schema: tableSection,
      mayExist: true,
      named: {
        limit: { min: 3, max: 255, form: /^[A-Za-z0-9_.-]+$/, words: "letters, digits and _.-" },
        arn: dynamodbArn.table,
      },
    },
  },
  where: [[/^dynamodb:/, "tables"]],
  declare: declareTables,
});
