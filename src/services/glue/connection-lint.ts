import { type Address, addressText, type Finding } from "../../engine/types.ts";
import { looksSecret } from "../secrets.ts";
import type { ConnectionProps } from "./connection-props.ts";

type Draft = Omit<Finding, "at">;

const form = (text: string, fix: string): Draft => ({ code: "connection_form", level: "error", text, fix });

/** What AWS asks of each type of connection. Source: Glue API, "Connections", ConnectionProperties. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  JDBC: ["JDBC_CONNECTION_URL"],
  KAFKA: ["KAFKA_BOOTSTRAP_SERVERS"],
  MONGODB: ["CONNECTION_URL"],
};

function lintType({ type, properties, network }: ConnectionProps): Draft[] {
  const missing = (WANTED[type] ?? []).filter((key) => !Object.hasOwn(properties, key));
  return [
    ...missing.map((key) =>
      form(`a connection of type ${type} needs the property ${key}`, `Add ${key} to properties.`),
    ),
    ...(type === "NETWORK" && network === null
      ? [
          form(
            "a connection of type NETWORK is nothing but its network",
            "Add network with a subnet and security groups.",
          ),
        ]
      : []),
    ...(network !== null && network.subnet !== null && network.securityGroups.length === 0
      ? [
          form(
            "its subnet comes without a security group",
            "Add network.securityGroups: one that lets in all TCP from itself.",
          ),
        ]
      : []),
  ];
}

/** Plain secrets are refused here too: they may come from elsewhere than the config's own check. */
const lintSecrets = ({ properties, sparkProperties, athenaProperties, pythonProperties }: ConnectionProps): Draft[] =>
  Object.entries({ ...properties, ...sparkProperties, ...athenaProperties, ...pythonProperties })
    .filter(([key, value]) => looksSecret(key, value))
    .map(([key]) => ({
      code: "connection_secret",
      level: "error",
      text: `${key} looks like a secret, and everybody who may read the connection reads it`,
      fix: "Keep user name and password in Secrets Manager and name the secret in SECRET_ID (or authentication.secretArn).",
    }));

/** What can be known to be wrong with a connection before anything is sent. */
export const lintConnection = (address: Address, props: ConnectionProps): readonly Finding[] =>
  [...lintType(props), ...lintSecrets(props)].map((draft) => ({ at: addressText(address), ...draft }));
