import type { Database, DatabaseInput, PrincipalPermissions } from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Kind, Live, Wanted } from "../../engine/types.ts";
import type { Coverage } from "../coverage.ts";
import { call, forget, orNull, readEach, tagged, taggedAddresses, unless } from "../kit.ts";
import type { DatabaseProps } from "./props.ts";
import { ABSENT, given, glueTags, retagGlue } from "./tags.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";

export const databaseCoverage = {
  Name: "identity",
  Description: "managed",
  LocationUri: "managed",
  Parameters: "managed",
  CreateTime: "server",
  CreateTableDefaultPermissions: "managed",
  TargetDatabase: "managed",
  CatalogId: "server",
  FederatedDatabase: "managed",
} as const satisfies Coverage<Database>;

async function readOne(ctx: AwsContext, wanted: Wanted): Promise<Live<DatabaseProps> | undefined> {
  const glue = await ctx.clients.of(glueClient);
  const found = unless(ABSENT, glue.getDatabase({ Name: wanted.name })).then((answer) => answer?.Database);
  return tagged(ctx, wanted, found, glueTags(ctx, "database", wanted.name), propsOf);
}

const granted = (list: Database["CreateTableDefaultPermissions"] = []): Record<string, readonly string[]> =>
  Object.fromEntries(
    list.map(({ Principal, Permissions = [] }) => [
      Principal?.DataLakePrincipalIdentifier ?? "",
      [...Permissions].sort(),
    ]),
  );

function propsOf(found: Database): DatabaseProps {
  const { TargetDatabase: target, FederatedDatabase: federated } = found;
  return {
    description: found.Description ?? "",
    locationUri: orNull(found.LocationUri),
    parameters: found.Parameters ?? {},
    createTableDefaultPermissions: granted(found.CreateTableDefaultPermissions),
    target: target && {
      catalog: target.CatalogId ?? "",
      database: target.DatabaseName ?? "",
      region: orNull(target.Region),
    },
    federated: federated && {
      connection: orNull(federated.ConnectionName),
      identifier: orNull(federated.Identifier),
    },
  };
}

/** What is declared; what is not is not named. */
const inputOf = (name: string, props: DatabaseProps): DatabaseInput => ({
  Name: name,
  Description: given(props.description),
  LocationUri: props.locationUri ?? undefined,
  ...(props.parameters ? { Parameters: { ...props.parameters } } : {}),
  ...(props.createTableDefaultPermissions
    ? { CreateTableDefaultPermissions: grants(props.createTableDefaultPermissions) }
    : {}),
  ...(props.target
    ? {
        TargetDatabase: {
          CatalogId: props.target.catalog,
          DatabaseName: props.target.database,
          Region: props.target.region ?? undefined,
        },
      }
    : {}),
  ...(props.federated
    ? {
        FederatedDatabase: {
          ConnectionName: props.federated.connection ?? undefined,
          Identifier: props.federated.identifier ?? undefined,
        },
      }
    : {}),
});

const grants = (map: Readonly<Record<string, readonly string[]>>): PrincipalPermissions[] =>
  Object.entries(map).map(([DataLakePrincipalIdentifier, permissions]) => ({
    Principal: { DataLakePrincipalIdentifier },
    // Texts of the config's own list; the SDK's type is an open one.
    Permissions: [...permissions] as PrincipalPermissions["Permissions"],
  }));

/** What AWS itself grants where nobody says otherwise: IAM alone decides. */
const IAM_ALONE = { IAM_ALLOWED_PRINCIPALS: ["ALL"] };

/** UpdateDatabase resets what is not sent: what the config does not say is sent along as it is, unless it is taken back. */
function kept(now: Database | undefined, props: DatabaseProps, changed: ReadonlySet<string>): Partial<DatabaseInput> {
  const keeps = (key: keyof DatabaseProps): boolean => props[key] === undefined && !changed.has(key);
  return {
    ...(keeps("parameters") ? { Parameters: now?.Parameters } : {}),
    CreateTableDefaultPermissions: keeps("createTableDefaultPermissions")
      ? now?.CreateTableDefaultPermissions
      : grants(IAM_ALONE),
    ...(keeps("target") ? { TargetDatabase: now?.TargetDatabase } : {}),
    ...(keeps("federated") ? { FederatedDatabase: now?.FederatedDatabase } : {}),
  };
}

/** A database of the Glue catalog. Its tables are the pipeline's: one that has any holds data. */
export const database: Kind<DatabaseProps, AwsContext> = {
  name: "glue.database",
  fields: {
    parameters: { unset: {} },
    createTableDefaultPermissions: { unset: IAM_ALONE },
    target: { onChange: "replace", reason: "AWS cannot make a link lead elsewhere" },
    federated: { onChange: "replace", reason: "AWS cannot make a federated database stand for something else" },
  },
  handles: (ctx, { name }) => [glueArn.of(ctx, "database", name), `glue.database:${name}`],
  // The bucket that the location names.
  needs: (_ctx, _address, { locationUri, target, federated }) => [
    ...(locationUri ? [locationUri.split("/").slice(0, 3).join("/")] : []),
    ...(target ? [`glue.database:${target.database}`] : []),
    ...(federated?.connection ? [`glue.connection:${federated.connection}`] : []),
  ],
  read: (ctx, wanted) => readEach(wanted, (address) => readOne(ctx, address)),
  owned: (ctx) => taggedAddresses(ctx, "glue.database", "glue", "database/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateDatabase",
      async () =>
        (await ctx.clients.of(glueClient)).createDatabase({
          DatabaseInput: inputOf(address.name, props),
          Tags: { ...tags },
        }),
      { creates: true },
    );
  },
  *update(ctx, { address, props, changed }) {
    if (changed.size === 0) return;
    // UpdateDatabase resets what is not sent: what we do not manage is read and sent along.
    yield call("glue:UpdateDatabase", async () => {
      const glue = await ctx.clients.of(glueClient);
      const { Database: now } = await glue.getDatabase({ Name: address.name });
      await glue.updateDatabase({
        Name: address.name,
        DatabaseInput: {
          ...kept(now, props, changed),
          ...inputOf(address.name, props),
        },
      });
    });
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteDatabase", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteDatabase({ Name: name }),
    );
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "database", name, set, remove),
  async holdsData(ctx, { name }) {
    const glue = await ctx.clients.of(glueClient);
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
