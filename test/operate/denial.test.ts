import { afterAll, describe, expect, test } from "vitest";
import { type Denial, denialHint, denialIn } from "../../src/operate/runs/denial.ts";
import { roleChecks } from "../../src/operate/doctor/rights.ts";
import { wired } from "../../src/operate/doctor/check.ts";
import { load, project } from "../services/compile/project.ts";
import { stubContext } from "./support.ts";

const ROLE = "arn:aws:sts::123456789012:assumed-role/metriccare_glue_bronze_dev/GlueJobRunnerSession";

describe("what IAM says", () => {
  const because = (action: string) => `because no identity-based policy allows the ${action} action`;
  test.each<[string, Omit<Denial, "principal" | "role">]>([
    [
      `An error occurred (AccessDeniedException) when calling the UpdateItem operation: User: ${ROLE} is not authorized to perform: dynamodb:UpdateItem on resource: arn:aws:dynamodb:us-east-1:1:table/t ${because("dynamodb:UpdateItem")}`,
      { action: "dynamodb:UpdateItem", resource: "arn:aws:dynamodb:us-east-1:1:table/t" },
    ],
    [
      `User: ${ROLE} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" ${because("s3:GetObject")}`,
      { action: "s3:GetObject", resource: "arn:aws:s3:::b/k" },
    ],
    [
      `User: ${ROLE} is not authorized to perform: SNS:Publish on resource: arn:aws:sns:us-east-1:1:t ${because("SNS:Publish")}`,
      { action: "sns:Publish", resource: "arn:aws:sns:us-east-1:1:t" },
    ],
    [`User: ${ROLE} is not authorized to perform: kms:Decrypt`, { action: "kms:Decrypt", resource: "*" }],
  ])("%s", (text, wanted) => {
    expect(denialIn(["nothing", text])).toEqual({ principal: ROLE, role: "metriccare_glue_bronze_dev", ...wanted });
  });

  test("nothing else is one", () => {
    expect(denialIn(["Access Denied (Service: Amazon S3; Status Code: 403)", "x is not authorized to do: y"])).toBe(
      undefined,
    );
  });

  test("the hint names role, action, resource and statement", () => {
    const denial = { principal: ROLE, role: "r", action: "dynamodb:Query", resource: "arn:aws:dynamodb:::table/t" };
    const { means, fix } = denialHint(stubContext({}), denial);
    expect(means).toBe(
      'The role r may not dynamodb:Query on arn:aws:dynamodb:::table/t. The statement to add: {"Effect":"Allow","Action":"dynamodb:Query","Resource":"arn:aws:dynamodb:::table/t"}',
    );
    expect(fix).toContain("metriccare apply --only iam --env test");
  });
});

describe("doctor asks IAM for every statement of every role", () => {
  interface Asked {
    readonly PolicySourceArn: string;
    readonly ActionNames: string[];
    readonly ResourceArns: string[];
    readonly ContextEntries: { ContextKeyName: string; ContextKeyValues: string[] }[];
  }
  const folder = project();
  afterAll(() => folder.remove());
  const config = load({ dir: folder.dir, env: "dev" });
  const look = async (refused: (asked: Asked, action: string) => boolean) => {
    const asked: Asked[] = [];
    const ctx = stubContext({
      iam: {
        getRole: () => ({}),
        simulatePrincipalPolicy: (input: Asked) => {
          asked.push(input);
          return {
            EvaluationResults: input.ActionNames.map((EvalActionName) => ({
              EvalActionName,
              EvalDecision: refused(input, EvalActionName) ? "implicitDeny" : "allowed",
            })),
          };
        },
      },
    });
    return { asked, checks: await roleChecks(ctx, wired(config, ctx)) };
  };

  test("all is well: one check a role", async () => {
    const { asked, checks } = await look(() => false);
    expect(checks.map(({ check, ok }) => [check, ok])).toEqual(
      ["trigger_glue_workflow", "glue_bronze", "glue_silver", "glue_gold"].map((role) => [
        expect.stringContaining(role),
        true,
      ]),
    );
    expect(asked.flatMap(({ ResourceArns }) => ResourceArns).filter((arn) => arn !== "*" && arn.includes("*"))).toEqual(
      [],
    );
    expect(asked.find(({ ActionNames }) => ActionNames.includes("cloudwatch:PutMetricData"))?.ContextEntries).toEqual([
      { ContextKeyName: "cloudwatch:namespace", ContextKeyType: "string", ContextKeyValues: ["Glue"] },
    ]);
  });

  test("a right that is missing: which, and the statement to add", async () => {
    const { checks } = await look(
      (one, action) => one.PolicySourceArn.includes("bronze") && action === "dynamodb:UpdateItem",
    );
    const [bad, ...more] = checks.filter(({ ok }) => !ok);
    expect(more).toEqual([]);
    expect(bad?.text).toMatch(/^it may not dynamodb:UpdateItem\. The statement to add: \{"Sid":"UseLedger",/);
    expect(bad?.fix).toContain("apply --env test --only iam.role/glue_bronze");
  });
});
