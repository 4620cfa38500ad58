import * as fc from "fast-check";
import type { AwsContext } from "../../../src/aws/context.ts";
import type { Address } from "../../../src/engine/types.ts";
import { connection } from "../../../src/services/glue/connection.ts";
import type { ConnectionProps } from "../../../src/services/glue/connection-props.ts";
import type { KindCase } from "../case.ts";
import { at, foreignTag, printable } from "./glue.ts";
import { glueClient } from "../../../src/services/glue/client.ts";

const URL = "jdbc:postgresql://db.example.org:5432/clinic";
const SECRET_ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kinds-AbCdEf";

const base = (): ConnectionProps => ({
  description: "before",
  type: "JDBC",
  properties: { JDBC_CONNECTION_URL: URL, SECRET_ID: "kinds" },
  matchCriteria: [],
  network: null,
  sparkProperties: { a: "1" },
  athenaProperties: { a: "1" },
  pythonProperties: { a: "1" },
  authentication: { type: "BASIC", secretArn: SECRET_ARN, oauth2: null },
});

const BEFORE = {
  Description: "before",
  ConnectionType: "JDBC",
  ConnectionProperties: { JDBC_CONNECTION_URL: URL, SECRET_ID: "kinds" },
  SparkProperties: { a: "1" },
  AthenaProperties: { a: "1" },
  PythonProperties: { a: "1" },
  AuthenticationConfiguration: { AuthenticationType: "BASIC", SecretArn: SECRET_ARN },
} as const;

/** What AWS has, changed in one place: UpdateConnection replaces, so all of it is sent. */
const outside =
  (change: object) =>
  async (ctx: AwsContext, { name }: Address): Promise<unknown> =>
    (await ctx.clients.of(glueClient)).updateConnection({
      Name: name,
      ConnectionInput: { ...BEFORE, Name: name, ...change },
    });

const NETWORK = { subnet: "subnet-1", securityGroups: ["sg-1", "sg-2"], availabilityZone: "us-east-1a" };
const UPDATE = ["glue:UpdateConnection"] as const;

export const connectionCase: KindCase<ConnectionProps> = {
  kind: connection,
  address: at("glue.connection"),
  props: () =>
    fc
      .constantFrom<Pick<ConnectionProps, "type" | "properties" | "network">>(
        { type: "NETWORK", properties: {}, network: NETWORK },
        { type: "JDBC", properties: { JDBC_CONNECTION_URL: URL }, network: { ...NETWORK, availabilityZone: null } },
        { type: "KAFKA", properties: { KAFKA_BOOTSTRAP_SERVERS: "k:9092", KAFKA_SSL_ENABLED: "true" }, network: null },
      )
      .chain((kind) =>
        fc.record(
          {
            description: printable,
            type: fc.constant(kind.type),
            properties: fc.constant(kind.properties),
            network: fc.constant(kind.network),
            matchCriteria: fc.constantFrom([], ["a", "b"]),
            sparkProperties: fc.constant({ b: "2" }),
          },
          { requiredKeys: ["description", "type", "properties", "network", "matchCriteria"] },
        ),
      ),
  base,
  fixed: [],
  vary: {
    description: (props) => ({ ...props, description: "" }),
    type: (props) => ({ ...props, type: "SFTP" }),
    properties: (props) => ({ ...props, properties: { JDBC_CONNECTION_URL: `${URL}2` } }),
    matchCriteria: (props) => ({ ...props, matchCriteria: ["a"] }),
    network: (props) => ({ ...props, network: NETWORK }),
    sparkProperties: (props) => ({ ...props, sparkProperties: { a: "2" } }),
    athenaProperties: (props) => ({ ...props, athenaProperties: { a: "2" } }),
    pythonProperties: (props) => ({ ...props, pythonProperties: { a: "2" } }),
    authentication: (props) => ({
      ...props,
      authentication: {
        type: "OAUTH2",
        secretArn: SECRET_ARN,
        oauth2: {
          grantType: "CLIENT_CREDENTIALS",
          clientId: "c",
          managedClient: null,
          tokenUrl: "https://example.org/token",
          tokenUrlParameters: { p: "1" },
        },
      },
    }),
  },
  calls: Object.fromEntries(Object.keys(base()).map((key) => [key, UPDATE])),
  outside: {
    description: outside({ Description: "theirs" }),
    type: outside({ ConnectionType: "SFTP" }),
    properties: outside({ ConnectionProperties: { JDBC_CONNECTION_URL: "jdbc:mysql://theirs/db" } }),
    matchCriteria: outside({ MatchCriteria: ["theirs"] }),
    network: outside({ PhysicalConnectionRequirements: { SubnetId: "subnet-9", SecurityGroupIdList: ["sg-9"] } }),
    sparkProperties: outside({ SparkProperties: { theirs: "1" } }),
    athenaProperties: outside({ AthenaProperties: { theirs: "1" } }),
    pythonProperties: outside({ PythonProperties: { theirs: "1" } }),
    authentication: outside({
      AuthenticationConfiguration: { AuthenticationType: "BASIC", SecretArn: `${SECRET_ARN}2` },
    }),
  },
  foreignTag: foreignTag("connection"),
};
