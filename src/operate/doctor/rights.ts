import type { AwsContext } from "../../aws/context.ts";
import { declaredRights } from "../../lakehouse/index.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";
import { isAbsent } from "../problem.ts";
import { applyFix, bad, type Check, good, looked, type Wiring } from "./check.ts";
import { iamClient } from "../../services/iam/client.ts";

/**
 * What each role must be allowed by the config, statement by statement; IAM itself is asked, and so boundaries and
 * organisation policies count too. One call a statement.
 */
export async function roleChecks(ctx: AwsContext, { config, outputs }: Wiring): Promise<readonly Check[]> {
  const roles = await Promise.all(
    [...declaredRights(config, ctx)].map(async ([id, statements]) => {
      const role = outputs.roles[id];
      return role && statements.length > 0 ? rightsOf(ctx, id, role, statements) : [];
    }),
  );
  return roles.flat();
}

async function rightsOf(
  ctx: AwsContext,
  id: string,
  role: { readonly name: string; readonly arn: string },
  statements: readonly PolicyStatement[],
): Promise<readonly Check[]> {
  const label = `rights of ${role.name}`;
  const fix = applyFix(ctx, `iam.role/${id}`);
  return looked(ctx, label, `iam.role/${id}`, async () => {
    const iam = await ctx.clients.of(iamClient);
    await iam.getRole({ RoleName: role.name });
    const answers = await Promise.all(statements.map((statement) => missing(ctx, role.arn, statement)));
    // Not everybody may simulate, and not every emulator can.
    if (answers.includes("unanswered"))
      return [bad(label, "IAM could not be asked", "allow iam:SimulatePrincipalPolicy", "warning")];
    const lacking = answers.flatMap((answer) => (answer === "unanswered" || answer === undefined ? [] : [answer]));
    return lacking.length === 0
      ? [good(label, statements.map(({ Sid }) => Sid).join(", "))]
      : lacking.map(({ statement, actions }) =>
          bad(
            label,
            `it may not ${actions.join(", ")}. The statement to add: ${JSON.stringify(statement)}`,
            `${fix} puts it back`,
          ),
        );
  });
}

interface Missing {
  readonly statement: PolicyStatement;
  readonly actions: readonly string[];
}

async function missing(
  ctx: AwsContext,
  role: string,
  statement: PolicyStatement,
): Promise<Missing | "unanswered" | undefined> {
  const iam = await ctx.clients.of(iamClient);
  try {
    const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: role,
      ActionNames: list(statement.Action),
      // A simulation is of one resource: a name stands for the pattern.
      ResourceArns: list(statement.Resource).map((arn) => (arn === "*" ? arn : arn.replaceAll("*", "any"))),
      ContextEntries: contextOf(statement),
    });
    const refused = EvaluationResults.filter(
      ({ EvalDecision, ResourceSpecificResults = [] }) =>
        EvalDecision !== "allowed" || ResourceSpecificResults.some((one) => one.EvalResourceDecision !== "allowed"),
    );
    return refused.length > 0
      ? { statement, actions: refused.map(({ EvalActionName = "" }) => EvalActionName) }
      : undefined;
  } catch (error) {
    if (isAbsent(error)) throw error;
    return "unanswered";
  }
}

const list = (value: string | readonly string[] | undefined): string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : [...value];

/** The values that the statement's conditions ask for. */
const contextOf = (statement: PolicyStatement) =>
  Object.values(statement.Condition ?? {}).flatMap((tests) =>
    Object.entries(tests).map(([ContextKeyName, value]) => ({
      ContextKeyName,
      ContextKeyType: "string" as const,
      ContextKeyValues: list(value),
    })),
  );
