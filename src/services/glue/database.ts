import type { Database } from "@aws-sdk/client-glue";
import { arn } from "../../aws/arn.ts";
import type { AwsContext } from "../../aws/context.ts";
import { OWNER_TAG } from "../../aws/marks.ts";
import type { Address, Kind, Live } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, orNull, readEach, taggedAddresses, unless } from "../kit.ts";
import type { DatabaseProps } from "./props.ts";
import { ABSENT, given, glueTags, retagGlue } from "./tags.ts";

export const databaseCoverage = {
  Name: "identity",
  Description: "managed",
  LocationUri: "managed",
  Parameters: ignored("other tools keep notes there; kept as they are"),
  CreateTime: "server",
  CreateTableDefaultPermissions: ignored("set by Lake Formation; kept as they are"),
  TargetDatabase: ignored("links to shared databases are not ours"),
  CatalogId: "server",
  FederatedDatabase: ignored("federated databases are not ours"),
} as const satisfies Coverage<Database>;

async function readOne(ctx: AwsContext, { name }: Address): Promise<Live<DatabaseProps> | undefined> {
  const glue = await ctx.clients.glue();
  const [answer, tags] = await Promise.all([
    unless(ABSENT, glue.getDatabase({ Name: name })),
    glueTags(ctx, "database", name),
  ]);
  if (!answer?.Database) return undefined;
  const { Description = "", LocationUri } = answer.Database;
  return { name, props: { description: Description, locationUri: orNull(LocationUri) }, tags, owner: tags[OWNER_TAG] };
}

const inputOf = (name: string, props: DatabaseProps): { Name: string; Description?: string; LocationUri?: string } => ({
  Name: name,
  Description: given(props.description),
  LocationUri: props.locationUri ?? undefined,
});

/** A database of the Glue catalog. Its tables are the pipeline's: one that has any holds data. */
export const database: Kind<DatabaseProps, AwsContext> = {
  name: "glue.database",
  handles: (ctx, { name }) => [arn.glue(ctx, "database", name), `glue.database:${name}`],
  // The bucket that the location names.
  needs: (_ctx, _address, props) => (props.locationUri ? [props.locationUri.split("/").slice(0, 3).join("/")] : []),
  read: (ctx, wanted) => readEach(wanted, (address) => readOne(ctx, address)),
  owned: (ctx) => taggedAddresses(ctx, "glue.database", "glue", "database/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateDatabase",
      async () =>
        (await ctx.clients.glue()).createDatabase({ DatabaseInput: inputOf(address.name, props), Tags: { ...tags } }),
      { creates: true },
    );
  },
  *update(ctx, { address, props, changed }) {
    if (changed.size === 0) return;
    // UpdateDatabase resets what is not sent: what we do not manage is read and sent along.
    yield call("glue:UpdateDatabase", async () => {
      const glue = await ctx.clients.glue();
      const { Database: now } = await glue.getDatabase({ Name: address.name });
      await glue.updateDatabase({
        Name: address.name,
        DatabaseInput: {
          Parameters: now?.Parameters,
          CreateTableDefaultPermissions: now?.CreateTableDefaultPermissions,
          TargetDatabase: now?.TargetDatabase,
          FederatedDatabase: now?.FederatedDatabase,
          ...inputOf(address.name, props),
        },
      });
    });
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteDatabase", ABSENT, async () => (await ctx.clients.glue()).deleteDatabase({ Name: name }));
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "database", name, set, remove),
  async holdsData(ctx, { name }) {
    const glue = await ctx.clients.glue();
    const page = await unless(ABSENT, glue.getTables({ DatabaseName: name, MaxResults: 100 }));
    const tables = page?.TableList ?? [];
    if (tables.length === 0) return undefined;
    return `holds ${page?.NextToken ? `${tables.length} tables or more` : tables.length === 1 ? "1 table" : `${tables.length} tables`}`;
  },
  permissions: {
    read: ["glue:GetDatabase", "glue:GetTables", "glue:GetTags"],
    create: ["glue:CreateDatabase", "glue:TagResource"],
    update: ["glue:UpdateDatabase", "glue:TagResource", "glue:UntagResource"],
    delete: ["glue:DeleteDatabase"],
  },
};
