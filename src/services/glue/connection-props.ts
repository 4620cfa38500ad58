/** What a connection signs in with, where the secret itself lies in Secrets Manager. */
export interface ConnectionSignIn {
  readonly type: string;
  readonly secretArn: string | null;
  readonly oauth2: {
    readonly grantType: string;
    readonly clientId: string | null;
    readonly managedClient: string | null;
    readonly tokenUrl: string | null;
    readonly tokenUrlParameters: Readonly<Record<string, string>>;
  } | null;
}

/** Address: `name` is the connection's name. Handles: its ARN and `glue.connection:<name>`. */
export interface ConnectionProps {
  readonly description: string;
  readonly type: string;
  /** AWS's own keys (`JDBC_CONNECTION_URL`). What looks like a secret reads as `SECRET`. */
  readonly properties: Readonly<Record<string, string>>;
  readonly matchCriteria: readonly string[];
  readonly network: {
    readonly subnet: string | null;
    readonly securityGroups: readonly string[];
    readonly availabilityZone: string | null;
  } | null;
  readonly sparkProperties?: Readonly<Record<string, string>>;
  readonly athenaProperties?: Readonly<Record<string, string>>;
  readonly pythonProperties?: Readonly<Record<string, string>>;
  readonly authentication?: ConnectionSignIn;
}
