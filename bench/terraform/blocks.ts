import type { Desired } from "../../src/engine/types.ts";

/** A resource of Terraform's: its type, and what stands in it. The first one of a thing is the thing itself. */
export interface Block {
  readonly type: string;
  /** Told from others of the same type by this, behind the thing's own id. */
  readonly part?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where a thing's own blocks can refer to one another, and where its bytes lie. */
export interface Around {
  readonly label: string;
  /** Path of a file with its content; undefined where it has none. */
  readonly file: string | undefined;
}

export type Mapping = (thing: Desired, around: Around) => readonly Block[];

/** What a kind becomes. */
export const mapping =
  <P extends object>(make: (props: P, thing: Desired<P>, around: Around) => readonly Block[]): Mapping =>
  (thing, around) => {
    // Things of a kind have the props of that kind.
    const own = thing as Desired<P>;
    return make(own.props, own, around);
  };

export const block = (type: string, body: Block["body"], part?: string): Block => ({
  type,
  body,
  ...(part === undefined ? {} : { part }),
});

/** `${aws_s3_bucket.raw.id}` */
export const ref = (type: string, label: string, attribute: string): string => `\${${type}.${label}.${attribute}}`;

/** A policy as text. `${` would be Terraform's: what is IAM's is doubled. */
export const policyText = (document: object): string => text(JSON.stringify(document));

/** Text that Terraform takes as it is. */
export const text = (plain: string): string => plain.replaceAll("${", "$${").replaceAll("%{", "%%{");

/** An argument that stands there only with a value. */
export const maybe = (name: string, value: unknown): Record<string, unknown> =>
  value === null || value === undefined || value === "" ? {} : { [name]: value };

/** Statements by key, as our own policies hold them. */
export const statementsText = (statements: Readonly<Record<string, object>>): string =>
  policyText({
    Version: "2012-10-17",
    Statement: Object.entries(statements).map(([key, one]) => ({ Sid: `Metriccare${key}`, ...one })),
  });
