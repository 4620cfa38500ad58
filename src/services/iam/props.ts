/** A policy document as JSON. Compared by meaning (src/aws/canonical.ts). */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
  readonly Id?: string;
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly NotPrincipal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A document that stands in the config as somebody wrote it: IAM checks its form. */
export type HandWritten = Readonly<Record<string, unknown>>;

/** Address: `name` is the policy's path and name, without the `/` before them. Handle: its ARN. */
export interface PolicyProps {
  readonly document: PolicyDocument | HandWritten;
  /** Told as it is made, and never after. */
  readonly description?: string;
}

/** Address: `name` is the role's name. Handle: its ARN (with the path). The role is ours alone: undeclared policies on it are drift. */
export interface RoleProps {
  /** `/` or `/a/b/`. */
  readonly path: string;
  readonly description: string;
  readonly trust: PolicyDocument | HandWritten;
  /** Inline policies by name. */
  readonly policies: Readonly<Record<string, PolicyDocument | HandWritten>>;
  /** ARNs; order has no meaning. */
  readonly managedPolicies: readonly string[];
  /** 3600 to 43200. */
  readonly maxSessionSeconds: number;
  /** Policy ARN. */
  readonly permissionsBoundary: string | null;
}

/** The permissions boundary of the environment's roles. */
export const BOUNDARY_ID = "boundary";
