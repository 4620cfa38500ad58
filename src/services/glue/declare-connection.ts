import type { Desired } from "../../engine/types.ts";
import { type Build, resource } from "../build.ts";
import { textMap } from "../parts.ts";
import type { ConnectionProps, ConnectionSignIn } from "./connection-props.ts";
import type { ConnectionConfig } from "./connection-section.ts";

const signIn = (one: NonNullable<ConnectionConfig["authentication"]>): ConnectionSignIn => ({
  type: one.type,
  secretArn: one.secretArn ?? null,
  oauth2: one.oauth2
    ? {
        grantType: one.oauth2.grantType,
        clientId: one.oauth2.clientId ?? null,
        managedClient: one.oauth2.managedClient ?? null,
        tokenUrl: one.oauth2.tokenUrl ?? null,
        tokenUrlParameters: textMap(one.oauth2.tokenUrlParameters),
      }
    : null,
});

/** A connection. */
export function declareConnection(build: Build, id: string, one: ConnectionConfig): Desired {
  const { network, sparkProperties, athenaProperties, pythonProperties, authentication } = one;
  // zod's partial record has values that may be undefined; none of a parsed config is.
  const properties = Object.fromEntries(
    Object.entries(one.properties).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return resource<ConnectionProps>(
    { kind: "glue.connection", id, name: build.named("connections", id).name },
    {
      description: one.description,
      type: one.type,
      properties: textMap(properties),
      matchCriteria: one.matchCriteria,
      network: network
        ? {
            subnet: network.subnet ?? null,
            securityGroups: network.securityGroups.toSorted(),
            availabilityZone: network.availabilityZone ?? null,
          }
        : null,
      ...(sparkProperties ? { sparkProperties: textMap(sparkProperties) } : {}),
      ...(athenaProperties ? { athenaProperties: textMap(athenaProperties) } : {}),
      ...(pythonProperties ? { pythonProperties: textMap(pythonProperties) } : {}),
      ...(authentication ? { authentication: signIn(authentication) } : {}),
    },
    build.tags(one.tags),
  );
}
