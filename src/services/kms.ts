import { client } from "../aws/clients.ts";
import type { AwsContext } from "../aws/context.ts";
import { addressText, type AnyKind, type Desired, type Finding } from "../engine/types.ts";
import { waits } from "../engine/minted.ts";
import { services } from "./index.ts";
import { errorCode } from "./kit.ts";
import type { KeyProp } from "./service.ts";

/**
 * One KMS key has four names: its id, its ARN, an alias and the alias's ARN. S3, SNS and SQS answer the name that they were
 * given, DynamoDB always the key's ARN; Lambda and CloudWatch Logs take an ARN alone. So keys are compared by which key it is.
 * Only KMS knows that of an alias: it is asked once an alias, and never for a config without one.
 */

const kmsClient = client("kms", async () => (await import("@aws-sdk/client-kms")).KMS);

/** The prop of each kind that names a key. */
const KEY_OF: Readonly<Record<string, string>> = keyed(() => true);

/** These services refuse an alias: they get the key that it stands for. */
const ARN_ALONE: ReadonlySet<string> = new Set(Object.keys(keyed(({ arnAlone }) => arnAlone === true)));

function keyed(which: (key: KeyProp) => boolean): Record<string, string> {
  const all = services.flatMap(({ keys = {} }) => Object.entries(keys));
  return Object.fromEntries(all.filter(([, key]) => which(key)).map(([kind, { prop }]) => [kind, prop]));
}

const ALIAS = /^(?:arn:[^:]+:kms:[^:]*:\d*:)?(alias\/.+)$/;

/** What tables and queues say in place of a key. */
const NO_KEY: ReadonlySet<string> = new Set(["", "owned", "managed", "sqs", "none"]);

export interface Keyed {
  readonly kinds: readonly AnyKind<AwsContext>[];
  readonly desired: readonly Desired[];
  readonly findings: readonly Finding[];
}

/** Kinds that compare keys by meaning, and resources whose services get what they take. Without keys: both as they are. */
export async function byKey(
  ctx: AwsContext,
  kinds: readonly AnyKind<AwsContext>[],
  desired: readonly Desired[],
): Promise<Keyed> {
  const named = desired.filter((one) => keyOf(one) !== undefined);
  if (named.length === 0) return { kinds, desired, findings: [] };
  const aliases = [...new Set(named.map((one) => keyOf(one) ?? "").filter((key) => ALIAS.test(key)))];
  const asked = await Promise.all(aliases.map(async (alias) => [aliasArn(ctx, alias), await ask(ctx, alias)] as const));
  const known = new Map(asked.flatMap(([alias, { arn }]) => (arn === undefined ? [] : [[alias, arn] as const])));
  const meant = (key: unknown): unknown => (typeof key === "string" ? canonical(ctx, key, known) : key);
  const users = new Set(named.map(({ address }) => address.kind));
  return {
    kinds: kinds.map((kind) => (users.has(kind.name) ? withMeaning(kind, meant) : kind)),
    desired: desired.map((one) => (ARN_ALONE.has(one.address.kind) ? resolved(one, meant) : one)),
    findings: asked.flatMap(([alias, { why }]) => (why === undefined ? [] : [finding(alias, why, named, ctx)])),
  };
}

/** The key that a resource of the config names, as it is written there. */
function keyOf({ address, props }: Desired): string | undefined {
  const name = KEY_OF[address.kind];
  const value = name === undefined ? undefined : (props as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" && !NO_KEY.has(value) ? value : undefined;
}

const arnOf = ({ partition, region, account }: AwsContext, rest: string): string =>
  `arn:${partition}:kms:${region}:${account}:${rest}`;

/** An alias without an ARN is one of this account and region. */
const aliasArn = (ctx: AwsContext, alias: string): string => (alias.startsWith("arn:") ? alias : arnOf(ctx, alias));

/** The key's ARN; of an alias that nobody could resolve, the alias's. */
function canonical(ctx: AwsContext, key: string, known: ReadonlyMap<string, string>): string {
  if (NO_KEY.has(key) || waits(key)) return key;
  if (ALIAS.test(key)) return known.get(aliasArn(ctx, key)) ?? aliasArn(ctx, key);
  return key.startsWith("arn:") ? key : arnOf(ctx, `key/${key}`);
}

function withMeaning(kind: AnyKind<AwsContext>, meant: (key: unknown) => unknown): AnyKind<AwsContext> {
  const name = KEY_OF[kind.name] ?? "";
  // Keyed by the props of the kind, which are not known here.
  const fields = (kind.fields ?? {}) as Readonly<Record<string, { equal?: (a: unknown, b: unknown) => boolean }>>;
  const before = fields[name];
  const equal = (live: unknown, wanted: unknown): boolean =>
    before?.equal?.(live, wanted) === true || meant(live) === meant(wanted);
  return { ...kind, fields: { ...fields, [name]: { ...before, equal } } };
}

function resolved(one: Desired, meant: (key: unknown) => unknown): Desired {
  const name = KEY_OF[one.address.kind] ?? "";
  return keyOf(one) === undefined ? one : { ...one, props: { ...one.props, [name]: meant(keyOf(one)) } };
}

interface Answer {
  readonly arn?: string;
  readonly why?: "absent" | "denied";
}

async function ask(ctx: AwsContext, KeyId: string): Promise<Answer> {
  try {
    const { KeyMetadata } = await (await ctx.clients.of(kmsClient)).describeKey({ KeyId });
    return KeyMetadata?.Arn === undefined ? {} : { arn: KeyMetadata.Arn };
  } catch (error) {
    // AWS makes its own keys (alias/aws/s3) when a service first uses them.
    if (errorCode(error) === "NotFound") return /alias\/aws\//.test(KeyId) ? {} : { why: "absent" };
    if (/^(AccessDenied|UnauthorizedOperation)/.test(errorCode(error))) return { why: "denied" };
    throw error;
  }
}

function finding(alias: string, why: "absent" | "denied", named: readonly Desired[], ctx: AwsContext): Finding {
  const user = named.find((one) => aliasArn(ctx, keyOf(one) ?? "") === alias);
  const at = user ? addressText(user.address) : alias;
  if (why === "denied")
    return {
      code: "kms_alias_unread",
      level: "note",
      at,
      text: `kms:DescribeKey is denied for ${alias}, so it cannot be told whether the key in use is that one`,
      fix: "Allow kms:DescribeKey for it, or name the key by its ARN.",
    };
  return {
    code: "kms_alias",
    level: "warning",
    at,
    text: `no KMS key has the alias ${alias}`,
    fix: "Make the alias, or correct it: AWS refuses what is under a key that is not there.",
  };
}
