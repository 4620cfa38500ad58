import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import type { PolicyStatement } from "../iam/props.ts";
import { call, errorCode, forget, mapDelta, sameJson, unless } from "../kit.ts";
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

function fromStatement({ Principal, Condition }: PolicyStatement): FunctionPermission {
  const service = typeof Principal === "string" ? Principal : Principal?.["Service"];
  return {
    principal: typeof service === "string" ? service : (service?.[0] ?? ""),
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
  });
}

async function remove(ctx: AwsContext, FunctionName: string, key: string): Promise<void> {
  const lambda = await ctx.clients.of(lambdaClient);
  await unless(ABSENT, lambda.removePermission({ FunctionName, StatementId: `${PREFIX}${key}` }));
}

// A statement id that exists is never retried: what stands there is replaced.
async function addOrReplace(ctx: AwsContext, name: string, key: string, permission: FunctionPermission): Promise<void> {
  try {
    await add(ctx, name, key, permission);
  } catch (error) {
    const there =
      errorCode(error) === "ResourceConflict" && error instanceof Error && /statement id/i.test(error.message);
    if (!there) throw error;
    await remove(ctx, name, key);
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
    yield forget("lambda:RemovePermission", ABSENT, () => remove(ctx, name, key));
  }
  for (const [key, permission] of put)
    yield call("lambda:AddPermission", () => addOrReplace(ctx, name, key, permission));
}
