import type { AwsContext } from "../../aws/context.ts";
import type { Call, Wanted } from "../../engine/types.ts";
import type { PolicyStatement } from "../iam/props.ts";
import { call, errorCode, forget, given, mapDelta, sameJson, unless } from "../kit.ts";
import { parsePolicy } from "../statements.ts";
import type { FunctionPermission, FunctionProps } from "./props.ts";
import { lambdaClient } from "./client.ts";

/** Statements of ours have this before their key; others are other people's. */
const PREFIX = "metriccare-";
const ABSENT = ["ResourceNotFound"] as const;

/** Our statements of a function's policy. */
export function ourPermissions(policy: string | undefined): Record<string, FunctionPermission> {
  return Object.fromEntries(
    parsePolicy(policy).Statement.flatMap((statement) => {
      const key = /^metriccare-(\w+)$/.exec(statement.Sid ?? "")?.[1];
      return key === undefined ? [] : [[key, fromStatement(statement)] as const];
    }),
  );
}

/** Ours in the policies of those aliases that the config lets somebody at: each has one of its own. */
export async function aliasPermissions(
  ctx: AwsContext,
  { name: FunctionName, props }: Wanted<FunctionProps>,
): Promise<Record<string, FunctionPermission>> {
  const aliases = new Set(Object.values(props?.permissions ?? {}).flatMap(({ alias }) => alias ?? []));
  const lambda = await ctx.clients.of(lambdaClient);
  const found = await Promise.all(
    [...aliases].map(async (alias) => {
      const policy = await unless(ABSENT, lambda.getPolicy({ FunctionName, Qualifier: alias }));
      const all = Object.entries(ourPermissions(policy?.Policy));
      return all.filter(([, one]) => one.alias === alias);
    }),
  );
  return Object.fromEntries(found.flat());
}

function fromStatement({ Principal, Condition, Resource }: PolicyStatement): FunctionPermission {
  const told = typeof Principal === "string" ? Principal : (Principal?.["Service"] ?? Principal?.["AWS"]);
  const principal = typeof told === "string" ? told : (told?.[0] ?? "");
  return {
    // AWS writes an account as its root.
    principal: /^arn:[^:]+:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal,
    // Of an alias the ARN of what is let at ends with its name.
    ...given("alias", typeof Resource === "string" ? Resource.split(":")[7] : undefined),
    ...given("organization", condition(Condition, "aws:principalorgid") ?? undefined),
    ...given("eventSourceToken", condition(Condition, "lambda:eventsourcetoken") ?? undefined),
    sourceArn: condition(Condition, "aws:sourcearn"),
    sourceAccount: condition(Condition, "aws:sourceaccount"),
  };
}

// Lambda writes `AWS:SourceArn`, people write `aws:SourceArn`: condition keys have no case.
function condition(conditions: PolicyStatement["Condition"], wanted: string): string | null {
  for (const tests of Object.values(conditions ?? {})) {
    for (const [key, value] of Object.entries(tests)) {
      if (key.toLowerCase() === wanted) return typeof value === "string" ? value : (value[0] ?? null);
    }
  }
  return null;
}

async function add(ctx: AwsContext, FunctionName: string, key: string, permission: FunctionPermission): Promise<void> {
  const lambda = await ctx.clients.of(lambdaClient);
  await lambda.addPermission({
    FunctionName,
    StatementId: `${PREFIX}${key}`,
    Action: "lambda:InvokeFunction",
    Principal: permission.principal,
    ...(permission.sourceArn === null ? {} : { SourceArn: permission.sourceArn }),
    ...(permission.sourceAccount === null ? {} : { SourceAccount: permission.sourceAccount }),
    ...given("PrincipalOrgID", permission.organization),
    ...given("EventSourceToken", permission.eventSourceToken),
    ...given("Qualifier", permission.alias),
  });
}

async function remove(ctx: AwsContext, FunctionName: string, key: string, alias?: string): Promise<void> {
  const lambda = await ctx.clients.of(lambdaClient);
  await unless(
    ABSENT,
    lambda.removePermission({ FunctionName, StatementId: `${PREFIX}${key}`, ...given("Qualifier", alias) }),
  );
}

// A statement id that exists is never retried: what stands there is replaced.
async function addOrReplace(ctx: AwsContext, name: string, key: string, permission: FunctionPermission): Promise<void> {
  try {
    await add(ctx, name, key, permission);
  } catch (error) {
    const there =
      errorCode(error) === "ResourceConflict" && error instanceof Error && /statement id/i.test(error.message);
    if (!there) throw error;
    await remove(ctx, name, key, permission.alias);
    await add(ctx, name, key, permission);
  }
}

/** Adds, replaces and removes our statements, one call each: parallel ones lose statements on AWS. */
export function* permissionCalls(
  ctx: AwsContext,
  name: string,
  live: FunctionProps["permissions"],
  wanted: FunctionProps["permissions"],
): Iterable<Call> {
  const { put, drop } = mapDelta<FunctionPermission>(live, wanted, sameJson);
  for (const key of [...drop, ...put.map(([one]) => one).filter((one) => live[one] !== undefined)]) {
    yield forget("lambda:RemovePermission", ABSENT, () => remove(ctx, name, key, live[key]?.alias));
  }
  for (const [key, permission] of put)
    yield call("lambda:AddPermission", () => addOrReplace(ctx, name, key, permission));
}
