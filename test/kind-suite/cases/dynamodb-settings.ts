import type { AwsContext } from "../../../src/aws/context.ts";
import type { TableProps } from "../../../src/services/dynamodb/props.ts";
import type { KindCase } from "../case.ts";
import { tableCase, update } from "./dynamodb.ts";
import { dynamodbClient } from "../../../src/services/dynamodb/client.ts";
import { dynamodbArn } from "../../../src/services/dynamodb/arn.ts";

/** Settings of a table that a config may leave out, as far as moto keeps them: the others are in settings.test.ts. */
const OPTIONAL = ["stream", "statements"] as const;

const statement = (ctx: AwsContext, name: string, Action: string) => ({
  Effect: "Allow" as const,
  Principal: { AWS: `arn:aws:iam::${ctx.account}:root` },
  Action,
  Resource: dynamodbArn.table(ctx, name),
});

const TABLE = ["dynamodb:UpdateTable"] as const;

const base: KindCase<TableProps>["base"] = (ctx, address) => ({
  ...tableCase.base(ctx, address),
  rangeKey: "filename",
  rangeKeyType: "S",
  indexes: {},
  localIndexes: {
    by_size: { rangeKey: "size", rangeKeyType: "N", projection: "INCLUDE", nonKeyAttributes: ["status", "who"] },
  },
  stream: "NEW_IMAGE",
  statements: { Theirs: statement(ctx, address.name, "dynamodb:GetItem") },
});

export const tableSettingsCase: KindCase<TableProps> = {
  ...tableCase,
  address: (ctx, unique) => tableCase.address(ctx, `s${unique}`),
  base,
  fixed: [
    ...tableCase.fixed,
    ...(Object.keys(tableCase.vary) as (keyof TableProps & string)[]),
    "rangeKey",
    "rangeKeyType",
    "localIndexes",
  ],
  vary: {
    stream: (props) => ({ ...props, stream: "NEW_AND_OLD_IMAGES" }),
    statements: (props, ctx, { name }) => ({ ...props, statements: { Other: statement(ctx, name, "dynamodb:Query") } }),
  },
  calls: { stream: TABLE, statements: ["dynamodb:PutResourcePolicy"] },
  optional: OPTIONAL,
  outside: {
    stream: update({ StreamSpecification: { StreamEnabled: false } }),
    statements: async (ctx, { name }) =>
      (await ctx.clients.of(dynamodbClient)).deleteResourcePolicy({ ResourceArn: dynamodbArn.table(ctx, name) }),
  },
};
