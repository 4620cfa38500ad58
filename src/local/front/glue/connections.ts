import type * as Sdk from "@aws-sdk/client-glue";
import { alreadyExists, AwsError, invalidInput, notFound } from "../errors.ts";
import { pageOf } from "../paging.ts";
import type { Wire } from "../wire.ts";
import { checkCatalog } from "./catalog.ts";
import { operation, type Operations } from "./operation.ts";
import { type ConnectionDef, glueArn, type GlueState, nowOf, putTags } from "./state.ts";

/** Without these a connection of that type connects to nothing. Source: Glue API, ConnectionProperties. */
const WANTED: Record<string, string[]> = {
  JDBC: ["JDBC_CONNECTION_URL"],
  KAFKA: ["KAFKA_BOOTSTRAP_SERVERS"],
  MONGODB: ["CONNECTION_URL"],
};

/** Connections: kept and shown. Nothing is ever connected to. */
export function connectionOperations(state: GlueState): Operations {
  const known = (name = ""): ConnectionDef => {
    const found = state.connections.get(name);
    if (!found) throw notFound(`Connection ${name} not found.`);
    return found;
  };

  /** AWS leaves the password out when it is asked to. */
  const shown = (connection: ConnectionDef, hide: boolean | undefined): object => {
    const { PASSWORD: _hidden, ...rest } = connection.ConnectionProperties ?? {};
    return hide ? { ...connection, ConnectionProperties: rest } : connection;
  };

  const define = (input: Wire<Sdk.ConnectionInput>, created: number): ConnectionDef => {
    const { Name = "", ValidateCredentials: _v, ValidateForComputeEnvironments: _c, ...rest } = input;
    for (const key of WANTED[input.ConnectionType ?? ""] ?? [])
      if (!Object.hasOwn(rest.ConnectionProperties ?? {}, key))
        throw invalidInput(`Connection property ${key} is required for connection type ${input.ConnectionType}.`);
    if (rest.ConnectionType === "NETWORK" && !rest.PhysicalConnectionRequirements?.SubnetId)
      throw invalidInput("PhysicalConnectionRequirements with a subnet are required for connection type NETWORK.");
    const { AuthenticationConfiguration: sign, ...plain } = rest;
    return {
      ...plain,
      Name,
      // What signs in is kept in Secrets Manager, not here.
      ...(sign
        ? {
            AuthenticationConfiguration: {
              AuthenticationType: sign.AuthenticationType,
              SecretArn: sign.SecretArn,
              OAuth2Properties: sign.OAuth2Properties && {
                OAuth2GrantType: sign.OAuth2Properties.OAuth2GrantType,
                OAuth2ClientApplication: sign.OAuth2Properties.OAuth2ClientApplication,
                TokenUrl: sign.OAuth2Properties.TokenUrl,
                TokenUrlParametersMap: sign.OAuth2Properties.TokenUrlParametersMap,
              },
            },
          }
        : {}),
      Status: "READY",
      CreationTime: created,
      LastUpdatedTime: nowOf(state),
    };
  };

  const forget = (name: string): void =>
    state.store.transact(() => {
      state.connections.delete(name);
      state.tags.delete(glueArn(state, `connection/${name}`));
    });

  return {
    CreateConnection: operation(({ CatalogId, ConnectionInput, Tags }: Wire<Sdk.CreateConnectionRequest>) => {
      checkCatalog(state, CatalogId);
      const fresh = define(
        ConnectionInput ?? { Name: "", ConnectionType: "JDBC", ConnectionProperties: {} },
        nowOf(state),
      );
      if (state.connections.has(fresh.Name)) throw alreadyExists("Connection already exists.");
      return state.store.transact(() => {
        state.connections.set(fresh.Name, fresh);
        putTags(state, `connection/${fresh.Name}`, Tags);
        return { CreateConnectionStatus: "READY" };
      });
    }),
    UpdateConnection: operation(({ CatalogId, Name, ConnectionInput }: Wire<Sdk.UpdateConnectionRequest>) => {
      checkCatalog(state, CatalogId);
      const old = known(Name);
      if (ConnectionInput && ConnectionInput.Name !== old.Name) throw invalidInput("A connection cannot be renamed.");
      if (ConnectionInput) state.connections.set(old.Name, define(ConnectionInput, old.CreationTime ?? nowOf(state)));
      return {};
    }),
    DeleteConnection: operation(({ CatalogId, ConnectionName }: Wire<Sdk.DeleteConnectionRequest>) => {
      checkCatalog(state, CatalogId);
      forget(known(ConnectionName).Name);
      return {};
    }),
    BatchDeleteConnection: operation(({ ConnectionNameList = [] }: Wire<Sdk.BatchDeleteConnectionRequest>) => {
      const there = ConnectionNameList.filter((name) => state.connections.has(name));
      for (const name of there) forget(name);
      const missing = ConnectionNameList.filter((name) => !there.includes(name));
      const { code } = new AwsError("EntityNotFoundException", "");
      return {
        Succeeded: there,
        Errors: Object.fromEntries(
          missing.map((name) => [name, { ErrorCode: code, ErrorMessage: `Connection ${name} not found.` }]),
        ),
      };
    }),
    GetConnection: operation(({ CatalogId, Name, HidePassword }: Wire<Sdk.GetConnectionRequest>) => {
      checkCatalog(state, CatalogId);
      return { Connection: shown(known(Name), HidePassword) };
    }),
    GetConnections: operation((input: Wire<Sdk.GetConnectionsRequest>) => {
      checkCatalog(state, input.CatalogId);
      const { ConnectionType, MatchCriteria = [] } = input.Filter ?? {};
      const found = [...state.connections.values()].filter(
        (one) =>
          (ConnectionType === undefined || one.ConnectionType === ConnectionType) &&
          MatchCriteria.every((word) => one.MatchCriteria?.includes(word)),
      );
      const page = pageOf(found, (one) => one.Name, input, 100);
      return { ConnectionList: page.items.map((one) => shown(one, input.HidePassword)), NextToken: page.nextToken };
    }),
  };
}
