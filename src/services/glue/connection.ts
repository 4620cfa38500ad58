import type {
  AuthenticationConfiguration,
  AuthenticationConfigurationInput,
  Connection,
  ConnectionInput,
} from "@aws-sdk/client-glue";
import type { AwsContext } from "../../aws/context.ts";
import type { Call, Kind, Live, Wanted } from "../../engine/types.ts";
import { type Coverage, ignored } from "../coverage.ts";
import { call, forget, orNull, readEach, tagged, taggedAddresses, unless } from "../kit.ts";
import { looksSecret } from "../secrets.ts";
import type { ConnectionProps, ConnectionSignIn } from "./connection-props.ts";
import { lintConnection } from "./connection-lint.ts";
import { ABSENT, given, glueTags, retagGlue } from "./tags.ts";
import { glueClient } from "./client.ts";
import { glueArn } from "./arn.ts";

export const connectionCoverage = {
  Name: "identity",
  Description: "managed",
  ConnectionType: "managed",
  MatchCriteria: "managed",
  ConnectionProperties: "managed",
  SparkProperties: "managed",
  AthenaProperties: "managed",
  PythonProperties: "managed",
  PhysicalConnectionRequirements: "managed",
  CreationTime: "server",
  LastUpdatedTime: "server",
  LastUpdatedBy: "server",
  Status: "server",
  StatusReason: "server",
  LastConnectionValidationTime: "server",
  AuthenticationConfiguration: "managed",
  ConnectionSchemaVersion: "server",
  CompatibleComputeEnvironments: ignored("follows from the type; AWS takes no other"),
} as const satisfies Coverage<Connection>;

/** What a value reads as that looks like a secret: nothing of it goes into plans, logs or marks. */
export const SECRET = "(a secret)";

const masked = (properties: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value = ""]) => [key, looksSecret(key, value) ? SECRET : value]),
  );

function signInOf({
  AuthenticationType,
  SecretArn,
  OAuth2Properties: oauth,
}: AuthenticationConfiguration): ConnectionSignIn {
  const client = oauth?.OAuth2ClientApplication;
  return {
    type: AuthenticationType ?? "",
    secretArn: orNull(SecretArn),
    oauth2: oauth
      ? {
          grantType: oauth.OAuth2GrantType ?? "",
          clientId: orNull(client?.UserManagedClientApplicationClientId),
          managedClient: orNull(client?.AWSManagedClientApplicationReference),
          tokenUrl: orNull(oauth.TokenUrl),
          tokenUrlParameters: oauth.TokenUrlParametersMap ?? {},
        }
      : null,
  };
}

/** Empty maps are how AWS says that there is none. */
const some = (map: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> | undefined =>
  map && Object.keys(map).length > 0 ? masked(map) : undefined;

function propsOf(found: Connection): ConnectionProps {
  const network = found.PhysicalConnectionRequirements;
  const authentication = found.AuthenticationConfiguration;
  return {
    description: found.Description ?? "",
    type: found.ConnectionType ?? "",
    properties: masked(found.ConnectionProperties ?? {}),
    matchCriteria: found.MatchCriteria ?? [],
    network: network
      ? {
          subnet: orNull(network.SubnetId),
          securityGroups: [...(network.SecurityGroupIdList ?? [])].sort(),
          availabilityZone: orNull(network.AvailabilityZone),
        }
      : null,
    sparkProperties: some(found.SparkProperties),
    athenaProperties: some(found.AthenaProperties),
    pythonProperties: some(found.PythonProperties),
    authentication: authentication?.AuthenticationType ? signInOf(authentication) : undefined,
  };
}

const signIn = ({ type, secretArn, oauth2 }: ConnectionSignIn): AuthenticationConfigurationInput => ({
  // Texts of the config's own list; the SDK's type is an open one.
  AuthenticationType: type as AuthenticationConfigurationInput["AuthenticationType"],
  SecretArn: secretArn ?? undefined,
  OAuth2Properties: oauth2
    ? {
        OAuth2GrantType: oauth2.grantType as "CLIENT_CREDENTIALS",
        OAuth2ClientApplication: {
          UserManagedClientApplicationClientId: oauth2.clientId ?? undefined,
          AWSManagedClientApplicationReference: oauth2.managedClient ?? undefined,
        },
        TokenUrl: oauth2.tokenUrl ?? undefined,
        TokenUrlParametersMap: { ...oauth2.tokenUrlParameters },
      }
    : undefined,
});

/** The whole definition: UpdateConnection replaces it. */
const inputOf = (name: string, props: ConnectionProps): ConnectionInput => ({
  Name: name,
  Description: given(props.description),
  ConnectionType: props.type as ConnectionInput["ConnectionType"],
  MatchCriteria: props.matchCriteria.length > 0 ? [...props.matchCriteria] : undefined,
  ConnectionProperties: { ...props.properties },
  PhysicalConnectionRequirements: props.network
    ? {
        SubnetId: props.network.subnet ?? undefined,
        SecurityGroupIdList: [...props.network.securityGroups],
        AvailabilityZone: props.network.availabilityZone ?? undefined,
      }
    : undefined,
  ...(props.sparkProperties ? { SparkProperties: { ...props.sparkProperties } } : {}),
  ...(props.athenaProperties ? { AthenaProperties: { ...props.athenaProperties } } : {}),
  ...(props.pythonProperties ? { PythonProperties: { ...props.pythonProperties } } : {}),
  ...(props.authentication ? { AuthenticationConfiguration: signIn(props.authentication) } : {}),
});

async function readOne(ctx: AwsContext, wanted: Wanted<ConnectionProps>): Promise<Live<ConnectionProps> | undefined> {
  const glue = await ctx.clients.of(glueClient);
  // The password is nobody's to read for a plan.
  const asked = unless(ABSENT, glue.getConnection({ Name: wanted.name, HidePassword: true }));
  const found = asked.then((answer) => answer?.Connection);
  return tagged(ctx, wanted, found, glueTags(ctx, "connection", wanted.name), propsOf);
}

/** Connections that AWS tries out are not ready at once. */
const usable = (ctx: AwsContext, name: string): Pick<Call, "ready"> => ({
  ready: async () => {
    const answer = await unless(
      ABSENT,
      (await ctx.clients.of(glueClient)).getConnection({ Name: name, HidePassword: true }),
    );
    if (!answer?.Connection) return "connection is not visible yet";
    const { Status = "READY", StatusReason } = answer.Connection;
    return Status === "READY" ? true : `connection is ${Status}${StatusReason ? `: ${StatusReason}` : ""}`;
  },
});

/** What the config does not say is sent along as it is, unless it is to be taken back. */
function kept(
  now: Connection | undefined,
  props: ConnectionProps,
  changed: ReadonlySet<string>,
): Partial<ConnectionInput> {
  const keeps = (key: keyof ConnectionProps): boolean => props[key] === undefined && !changed.has(key);
  const authentication = now?.AuthenticationConfiguration;
  return {
    ...(keeps("sparkProperties") ? { SparkProperties: now?.SparkProperties } : {}),
    ...(keeps("athenaProperties") ? { AthenaProperties: now?.AthenaProperties } : {}),
    ...(keeps("pythonProperties") ? { PythonProperties: now?.PythonProperties } : {}),
    ...(keeps("authentication") && authentication?.AuthenticationType
      ? { AuthenticationConfiguration: signIn(signInOf(authentication)) }
      : {}),
  };
}

/** A Glue connection: how jobs and crawlers reach a network or a database. */
export const connection: Kind<ConnectionProps, AwsContext> = {
  name: "glue.connection",
  handles: (ctx, { name }) => [glueArn.of(ctx, "connection", name), `glue.connection:${name}`],
  needs: () => [],
  read: (ctx, wanted) => readEach(wanted, (one) => readOne(ctx, one)),
  owned: (ctx) => taggedAddresses(ctx, "glue.connection", "glue", "connection/"),
  *create(ctx, { address, props, tags }) {
    yield call(
      "glue:CreateConnection",
      async () =>
        (await ctx.clients.of(glueClient)).createConnection({
          ConnectionInput: inputOf(address.name, props),
          Tags: { ...tags },
        }),
      { creates: true, ...usable(ctx, address.name) },
    );
  },
  *update(ctx, { address: { name }, props, changed }) {
    if (changed.size === 0) return;
    yield call(
      "glue:UpdateConnection",
      async () => {
        const glue = await ctx.clients.of(glueClient);
        const { Connection: now } = await glue.getConnection({ Name: name, HidePassword: true });
        await glue.updateConnection({
          Name: name,
          ConnectionInput: { ...kept(now, props, changed), ...inputOf(name, props) },
        });
      },
      usable(ctx, name),
    );
  },
  *delete(ctx, { name }) {
    yield forget("glue:DeleteConnection", ABSENT, async () =>
      (await ctx.clients.of(glueClient)).deleteConnection({ ConnectionName: name }),
    );
  },
  retag: (ctx, { name }, _live, set, remove) => retagGlue(ctx, "connection", name, set, remove),
  lint: lintConnection,
  permissions: {
    read: ["glue:GetConnection", "glue:GetTags"],
    create: ["glue:CreateConnection", "glue:TagResource"],
    update: ["glue:GetConnection", "glue:UpdateConnection", "glue:TagResource", "glue:UntagResource"],
    delete: ["glue:DeleteConnection"],
  },
};
